// The Lambda Runtime API, as the thread of the function sees it.

import path from "node:path";
import { MessageChannel, Worker, receiveMessageOnPort } from "node:worker_threads";

import { payload, runtimeDirectory, serialized } from "./errors.mjs";

export class RuntimeApi {
  constructor(address) {
    const { port1, port2 } = new MessageChannel();
    this.signal = new Int32Array(new SharedArrayBuffer(4));
    this.replies = port1;
    this.worker = new Worker(path.join(runtimeDirectory, "runtime_api.cjs"), {
      workerData: { address, signal: this.signal, replies: port2 },
      transferList: [port2],
      // What NODE_OPTIONS loads for the function is not for this thread.
      env: {},
      execArgv: [],
    });
    // Only who waits for an invocation keeps the process alive.
    this.worker.unref();
  }

  /** The next invocation, once there is one. */
  next() {
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.worker.once("message", (answer) => {
        this.worker.unref();
        if (answer.status === 200) resolve(answer);
        else reject(new Error(`Failed to get next invocation, error ${answer.failure ?? answer.status}`));
      });
      this.worker.postMessage({ method: "GET", resource: "invocation/next", headers: {} });
    });
  }

  /** Returns once the Runtime API has the text. */
  post(resource, body, headers = {}) {
    if (typeof body !== "string") throw new TypeError("Wrong arguments");
    const all = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), ...headers };
    Atomics.store(this.signal, 0, 0);
    this.worker.postMessage({ method: "POST", resource, headers: all, body, isWaitedFor: true });
    Atomics.wait(this.signal, 0, 0);
    return receiveMessageOnPort(this.replies).message;
  }

  answer(id, answer) {
    this.post(`invocation/${id}/response`, serialized(answer));
  }

  fail(id, thrown) {
    this.post(`invocation/${id}/error`, JSON.stringify(payload(thrown)));
  }

  failInit(thrown) {
    const error = payload(thrown);
    this.post("init/error", JSON.stringify(error), { "Lambda-Runtime-Function-Error-Type": error.errorType });
  }
}
