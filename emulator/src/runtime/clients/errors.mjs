// What the Runtime API is told of errors, with code where it lies on AWS.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import util from "node:util";

export const taskRoot = process.env.LAMBDA_TASK_ROOT;
export const runtimeDirectory = path.dirname(fileURLToPath(import.meta.url));
const runtime = /^AWS_Lambda_nodejs(\d+)\.x$/.exec(process.env.AWS_EXECUTION_ENV ?? "");
/**
 * Whether the function's runtime does as version 3 of AWS's client: up to nodejs22.x.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-callback
 */
export const knowsCallbacks = Number(runtime?.[1] ?? 22) < 24;

const places = [
  [taskRoot, "/var/task"],
  [runtimeDirectory, "/var/runtime"],
]
  .flatMap(([place, name]) => [
    [place, name],
    [fs.realpathSync(place), name],
  ])
  .sort(([one], [other]) => other.length - one.length);

/** The text with the places of code where they are on AWS, and with an ASCII DEL as headers take it. */
function asOnAws(text) {
  if (typeof text !== "string") return text;
  const told = text.replaceAll("\x7F", "%7F");
  return places.reduce((told, [place, name]) => told.replaceAll(place, name), told);
}

/**
 * An error of the runtime itself. In version 3 its name is the class's: it is in its stack, and no field of
 * it. In version 4 it is a field.
 */
export function runtimeError(name, message, fields = {}) {
  const Named = { [name]: class extends Error {} }[name];
  if (knowsCallbacks) Named.prototype.name = `Runtime.${name}`;
  const error = new Named(message);
  if (!knowsCallbacks) error.name = `Runtime.${name}`;
  return Object.assign(error, fields);
}

function isError(thrown) {
  if (!knowsCallbacks) return thrown instanceof Error;
  const texts = [thrown?.name, thrown?.message, thrown?.stack];
  return util.types.isNativeError(thrown) || texts.every((text) => text && typeof text === "string");
}

/** What the Runtime API is told. */
export function payload(thrown) {
  try {
    if (!isError(thrown)) {
      const message = knowsCallbacks ? thrown.toString() : String(thrown);
      return { errorType: typeof thrown, errorMessage: asOnAws(message), trace: [] };
    }
    const { name, message, stack } = thrown;
    const trace = knowsCallbacks || stack ? asOnAws(stack).split("\n") : [];
    return { errorType: asOnAws(name), errorMessage: asOnAws(message), trace };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its " +
        "message, name, and stack",
      ...(knowsCallbacks ? {} : { trace: [] }),
    };
  }
}

/** An answer as JSON. */
export function serialized(answer) {
  try {
    return JSON.stringify(answer === undefined ? null : answer);
  } catch {
    const message = "Unable to stringify response body";
    throw knowsCallbacks ? new Error(message) : runtimeError("JSONStringifyError", message);
  }
}
