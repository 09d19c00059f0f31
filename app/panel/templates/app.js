const REQUIRED = ["integrations", "connection", "confirm"];
let channelId = "";

const words = (key) => key.charAt(0).toUpperCase() + key.slice(1).replaceAll("_", " ");

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function fill(id, items, empty) {
  byId(id).replaceChildren(...(items.length ? items : [element("li", "soft", empty)]));
}

function row(name, state, tone, ...more) {
  const item = document.createElement("li");
  item.append(element("span", "name", name), element("span", `state ${tone}`, state), ...more);
  return item;
}

function stepButton(step, action, label, plain) {
  const button = element("button", plain ? "plain" : "", label);
  button.type = "button";
  button.setAttribute("aria-label", `${label}: ${words(step.key)}`);
  button.addEventListener("click", () =>
    attempt(button, async () => {
      const path = `../v1/channels/${channelId}/setup/${step.key}`;
      showSetup(await call("POST", path, { action }));
      say(`${words(step.key)}: ${action === "skip" ? "skipped" : "done"}.`);
    }),
  );
  return button;
}

function showSetup(channel) {
  const rows = channel.setup.steps.map((step) => {
    const buttons = [];
    if (step.status !== "done") buttons.push(stepButton(step, "complete", "Complete", false));
    if (step.status === "pending" && !REQUIRED.includes(step.key)) {
      buttons.push(stepButton(step, "skip", "Skip", true));
    }
    const tone = { done: "good", skipped: "soft", pending: "wait" }[step.status];
    return row(words(step.key), words(step.status), tone, ...buttons);
  });
  fill("setup", rows, "Nothing to set up.");
}

function showIntegrations(list) {
  const rows = list.data.map((one) => {
    if (!one.enabled) return row(words(one.type), "Off", "soft");
    if (!one.paused) return row(words(one.type), "On", "good");
    return row(words(one.type), `Paused: ${words(one.pause_reason || "")}`, "wait");
  });
  fill("integrations", rows, "There are no integrations.");
}

function showRuns(list) {
  const tones = { succeeded: "good", failed: "bad", cancelled: "soft" };
  const rows = list.data.map((run) => {
    const at = new Date(run.created_at).toLocaleString();
    const failed = run.counts && run.counts.failed ? `, ${run.counts.failed} failed` : "";
    const state = `${words(run.status)}${failed}`;
    return row(`${words(run.integration)}, ${at}`, state, tones[run.status] || "wait");
  });
  fill("runs", rows, "Nothing has run yet.");
}

attempt(null, async () => {
  const session = await openSession();
  channelId = session.channel_id;
  // Each part stands for itself: one that fails does not hide the others.
  await Promise.all([
    attempt(null, async () => showSetup(await call("GET", `../v1/channels/${channelId}`))),
    attempt(null, async () =>
      showIntegrations(await call("GET", `../v1/channels/${channelId}/integrations`)),
    ),
    attempt(null, async () =>
      showRuns(await call("GET", `../v1/runs?channel_id=${channelId}&limit=5`)),
    ),
  ]);
});
