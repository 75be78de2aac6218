// Handlers that stream their answer: https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html

import http from "node:http";

import { logError } from "./console.mjs";
import { knowsCallbacks, payload, runtimeError } from "./errors.mjs";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body";

/** What functions find in `awslambda`. */
export const awslambda = {
  streamifyResponse(handler, options) {
    handler[STREAMING] = "response";
    if (typeof options?.highWaterMark === "number") handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
    return handler;
  },
  HttpResponseStream: class HttpResponseStream {
    /** Puts status and headers in front of the body, with eight zero bytes between. */
    static from(stream, prelude) {
      stream.setContentType("application/vnd.awslambda.http-integration-response");
      const text = JSON.stringify(prelude);
      stream._onBeforeFirstWrite = (write) => {
        write(text);
        write(new Uint8Array(8));
      };
      return stream;
    }
  },
};

/** Whether the handler streams. */
export function streams(handler) {
  const mark = handler[STREAMING];
  if (!mark) return false;
  if (mark !== "response") throw runtimeError("MalformedStreamingHandler", "Only response streaming is supported.");
  return true;
}

/** The stream of an answer, and the promise that all of it was taken. */
export function responseStream(id) {
  const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
  const headers = {
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    Trailer: `${ERROR_TYPE}, ${ERROR_BODY}`,
    "Content-Type": "application/octet-stream",
    "Transfer-Encoding": "chunked",
  };
  const target = `/2018-06-01/runtime/invocation/${id}/response`;
  const stream = http.request({ host, port, method: "POST", path: target, headers });
  const taken = new Promise((resolve, reject) => {
    stream.on("response", (response) => response.resume().on("end", resolve).on("error", reject));
    stream.on("error", reject);
  });
  // Who waits for it hears of its failure; nobody else does.
  taken.catch(() => {});
  let isBegun = false;
  stream.setContentType = (type) => {
    if (isBegun) throw runtimeError("InvalidStreamingOperation", "Cannot set content-type, too late.");
    stream.setHeader("Content-Type", type);
  };
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...rest) => {
    if (!isBegun) {
      isBegun = true;
      stream._onBeforeFirstWrite?.((piece) => write(piece));
    }
    const isPiece = typeof chunk === "string" || chunk instanceof Uint8Array;
    return write(isPiece ? chunk : JSON.stringify(chunk), ...rest);
  };
  return { stream, taken };
}

/** Returns once the handler that returned this has answered. */
export async function streamed(result, stream, taken) {
  const fault = (message) => (knowsCallbacks ? message : new Error(message));
  if (typeof result?.then !== "function") throw fault("Streaming does not support non-async handlers.");
  if ((await result) !== undefined) console.warn("Streaming handlers ignore return values.");
  await taken;
  if (!stream.writableFinished) throw fault("Response stream is not finished.");
}

/** Ends the answer with an error behind what was streamed so far. */
export function failStream(stream, thrown) {
  logError("Invoke Error", thrown);
  const error = payload(thrown);
  const body = Buffer.from(JSON.stringify(error)).toString("base64");
  stream.addTrailers({ [ERROR_TYPE]: error.errorType, [ERROR_BODY]: body });
  return new Promise((resolve) => stream.end(resolve));
}
