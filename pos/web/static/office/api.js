/** The API, with the session of who is signed in. */
const frame = document.querySelector("header.top");

export const currency = frame?.dataset.currency ?? "USD";
export const timezone = frame?.dataset.timezone ?? "UTC";

/** An answer as `{ok, status, body}`; `body` is JSON, or a problem (RFC 9457) with what to do. Never throws: no network is a problem too. */
export async function call(method, path, { body, version, key, type } = {}) {
  const headers = { "X-CSRFToken": frame.dataset.csrf };
  if (body !== undefined) headers["Content-Type"] = type ?? "application/json";
  if (version !== undefined) headers["If-Match"] = version === "*" ? "*" : `"${version}"`;
  if (key !== undefined) headers["Idempotency-Key"] = key;
  try {
    const sent = body === undefined || type ? body : JSON.stringify(body);
    const answer = await fetch(`/api/v1${path}`, { method, headers, body: sent, cache: "no-store" });
    return { ok: answer.ok, status: answer.status, body: await read(answer) };
  } catch {
    const detail = "The server cannot be reached. Nothing is lost: check the network, then send it again.";
    return { ok: false, status: 0, body: { title: "No connection", detail } };
  }
}

async function read(answer) {
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get("Content-Type") ?? "");
  return isJson && text ? JSON.parse(text) : {};
}
