// What a function logs: each call of the console is a line with its time, the invocation's id and a level.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html

import util from "node:util";

import { knowsCallbacks, payload } from "./errors.mjs";

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const REQUEST_ID = Symbol.for("aws.lambda.runtime.requestId");
const isJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";

/** From here on lines are of this invocation. */
export function logFor(requestId) {
  globalThis[REQUEST_ID] = requestId;
}

function requestId() {
  return knowsCallbacks ? globalThis[REQUEST_ID] : (globalThis[REQUEST_ID] ?? "-");
}

function describedError(_, value) {
  if (!(value instanceof Error)) return value;
  const stackTrace = typeof value.stack === "string" ? value.stack.split("\n") : value.stack;
  return { errorType: value.constructor?.name ?? "UnknownError", errorMessage: value.message, stackTrace, ...value };
}

function jsonLine(timestamp, level, message, words) {
  const line = { timestamp, level, requestId: requestId() };
  if (words.length === 0) {
    try {
      return JSON.stringify({ ...line, message }, describedError);
    } catch {
      return JSON.stringify({ ...line, message: util.format(message) });
    }
  }
  line.message = util.format(message, ...words);
  // Version 4 of AWS's client looks for an error behind the message only.
  const error = (knowsCallbacks ? [message, ...words] : words).find((word) => word instanceof Error);
  if (error) {
    const { errorType, errorMessage, stackTrace } = describedError("", error);
    Object.assign(line, { errorType, errorMessage, stackTrace: Array.isArray(stackTrace) ? stackTrace : [] });
  }
  return JSON.stringify(line);
}

function log(level, message, words) {
  const timestamp = new Date().toISOString();
  const line = isJson
    ? jsonLine(timestamp, level, message, words)
    : `${timestamp}\t${requestId()}\t${level}\t${util.format(message, ...words)}`;
  // One event: the emulator reads U+001E as a line feed within it (`runtime/log/events.rs`).
  process.stdout.write(`${line.replaceAll("\n", "\x1e")}\n`);
}

export function setUpConsole() {
  const lowest = Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));
  for (const [at, level] of LEVELS.entries()) {
    // A call without a word says `undefined`, as it does on AWS.
    const method = (message, ...words) => log(level, message, words);
    console[level.toLowerCase()] = at < lowest && level !== "FATAL" ? () => {} : method;
  }
  console.log = console.info;
}

/** Logs what ended an invocation or the initialisation. */
export function logError(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(knowsCallbacks ? thrown : String(thrown));
  if (isJson) {
    console.error(error);
    return;
  }
  let told;
  try {
    told = JSON.stringify(error, (_, value) => {
      if (!(value instanceof Error)) return value;
      const fields = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
      if (typeof value.stack === "string") fields.stack = value.stack.split("\n");
      return fields;
    });
  } catch {
    told = JSON.stringify(payload(error));
  }
  console.error(title, `\t${told}`);
}
