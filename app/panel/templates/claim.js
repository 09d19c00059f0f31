function done() {
  const section = document.createElement("section");
  const heading = document.createElement("h2");
  heading.textContent = "The store is connected";
  const text = document.createElement("p");
  text.textContent = "Open the app again to go on with its setup.";
  section.append(heading, text);
  document.querySelectorAll("main section").forEach((old) => old.remove());
  document.querySelector("main").append(section);
  say("The store is connected.");
}

byId("link").addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  attempt(button, async () => {
    await call("POST", "claim", { choice: "link", link_code: byId("link-code").value });
    done();
  });
});

byId("new-account").addEventListener("click", (event) =>
  attempt(event.target, async () => {
    await call("POST", "claim", { choice: "new_account" });
    done();
  }),
);

attempt(null, openSession);
