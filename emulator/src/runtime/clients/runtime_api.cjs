// Calls the Lambda Runtime API on a thread of its own, so that the thread of the function can wait for an
// answer: what a function answered is on its way before its next line runs, as with AWS's client.

"use strict";

const http = require("node:http");
const { parentPort, workerData } = require("node:worker_threads");

const { address, signal, replies } = workerData;
const [host, port] = address.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call({ method, resource, headers, body }) {
  return new Promise((resolve) => {
    const target = { host, port, agent, method, path: `/2018-06-01/runtime/${resource}`, headers };
    const fail = (error) => resolve({ failure: `${method} ${resource}: ${error.message}` });
    const request = http.request(target, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode, headers: response.headers, body: text });
      });
      response.on("error", fail);
    });
    request.on("error", fail);
    request.end(body);
  });
}

parentPort.on("message", async (request) => {
  const answer = await call(request);
  if (!request.isWaitedFor) {
    parentPort.postMessage(answer);
    return;
  }
  replies.postMessage(answer);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
