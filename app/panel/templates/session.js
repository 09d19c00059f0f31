"use strict";
// The token lives in this variable and nowhere else.
let token = "";

const byId = (id) => document.getElementById(id);

function complain(sentence) {
  byId("problem").textContent = sentence;
  byId("problem").hidden = !sentence;
}

function say(sentence) {
  byId("said").textContent = sentence;
}

async function call(method, path, body) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "omit",
    cache: "no-store",
  });
  const document = await answer.json().catch(() => ({}));
  if (answer.ok) return document;
  if (answer.status === 401) throw new Error("Your session is over. Please open the app again.");
  throw new Error(document.detail || "That did not work. Please try again.");
}

async function openSession() {
  const { code } = JSON.parse(byId("code").textContent);
  const session = await call("POST", "session", { code });
  token = session.token;
  return session;
}

async function attempt(button, work) {
  if (button) {
    complain("");
    button.disabled = true;
  }
  try {
    await work();
  } catch (error) {
    complain(error.message);
  } finally {
    if (button) button.disabled = false;
  }
}
