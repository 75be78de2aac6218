// Up to nodejs22.x: a promise, the callback or the context answers, or that nothing is left to do. What a
// handler returns that is no promise answers nothing.

import { logError, logFor } from "./console.mjs";
import { contextFields, useTrace } from "./context.mjs";
import { runtimeError } from "./errors.mjs";
import { failStream, responseStream, streamed } from "./streaming.mjs";

// Where the process ends by itself, as AWS's client does.
const EXIT_AFTER_REJECTION = 128;
const EXIT_AFTER_EXCEPTION = 129;

const nothing = () => {};
/** What happens when nothing is left to do for the process. */
let whenIdle = nothing;

const isGiven = (error) => error !== undefined && error !== null;

/** The callback and the functions of the context, of which the first call counts. */
function settlement(api, id, next) {
  let isAnswered = false;
  let waitsForIdle = true;
  const fail = (error) => {
    logError("Invoke Error", error);
    api.fail(id, error);
    next();
  };
  const answer = (value) => {
    if (isAnswered) {
      console.error("Invocation has already been reported as done. Cannot call complete more than once per invocation.");
      return;
    }
    isAnswered = true;
    api.answer(id, value);
    next();
  };
  const done = (error, value) => {
    whenIdle = nothing;
    if (isGiven(error)) fail(error);
    else answer(value);
  };
  const callback = (error, value) => {
    whenIdle = nothing;
    if (isGiven(error)) fail(error);
    else if (!waitsForIdle) answer(value);
    else whenIdle = () => setImmediate(() => answer(value));
  };
  let isSettled = false;
  const once = (settle) =>
    (...given) => {
      if (isSettled) return;
      settle(...given);
      // Not before: an answer that cannot be written may still become a failure.
      isSettled = true;
    };
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waitsForIdle;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waitsForIdle = value;
    },
    succeed: once((value) => done(null, value)),
    fail: once((error) => done(isGiven(error) ? error : "handled")),
    done: once(done),
  };
  const giveUp = () => {
    isAnswered = true;
    api.answer(id, null);
    next();
  };
  return { context, callback: once(callback), giveUp };
}

/** Serves one invocation after the other. Its name stands in the stacks of errors, as on AWS. */
export class Runtime {
  constructor(api) {
    this.api = api;
    this.tell = (error) => api.failInit(error);
    process.on("uncaughtException", (error) => {
      logError("Uncaught Exception", error);
      this.tell(error);
      process.exit(EXIT_AFTER_EXCEPTION);
    });
    process.on("unhandledRejection", (reason, promise) => {
      const error = runtimeError("UnhandledPromiseRejection", reason, { reason, promise });
      logError("Unhandled Promise Rejection", error);
      this.tell(error);
      process.exit(EXIT_AFTER_REJECTION);
    });
    process.on("beforeExit", () => whenIdle());
  }

  start(handler, isStreaming) {
    this.handler = handler;
    this.handleOnce = isStreaming ? this.handleOnceStreaming : this.handleOnceNonStreaming;
    this.scheduleIteration();
  }

  scheduleIteration() {
    setImmediate(async () => {
      try {
        await this.handleOnce();
      } catch (error) {
        console.log(`Unexpected Top Level Error: ${error}`);
        this.tell(error);
        process.exit(EXIT_AFTER_EXCEPTION);
      }
    });
  }

  async next() {
    const { body, headers } = await this.api.next();
    const id = headers["lambda-runtime-aws-request-id"];
    logFor(id);
    this.tell = (error) => this.api.fail(id, error);
    return { body, headers, id };
  }

  async handleOnceNonStreaming() {
    const { body, headers, id } = await this.next();
    const { context, callback, giveUp } = settlement(this.api, id, () => this.scheduleIteration());
    whenIdle = giveUp;
    try {
      const event = JSON.parse(body);
      useTrace(headers);
      const result = this.handler(event, Object.assign(context, contextFields(headers)), callback);
      if (typeof result?.then === "function") {
        result.then(context.succeed, context.fail).catch(context.fail);
      }
    } catch (error) {
      callback(error);
    }
  }

  async handleOnceStreaming() {
    const { body, headers, id } = await this.next();
    const { stream, taken } = responseStream(id);
    const context = { callbackWaitsForEmptyEventLoop: true };
    whenIdle = () => this.scheduleIteration();
    try {
      useTrace(headers);
      Object.assign(context, contextFields(headers));
      const result = this.handler(JSON.parse(body), stream, context);
      await streamed(result, stream, taken);
    } catch (error) {
      await failStream(stream, error);
    }
    if (context.callbackWaitsForEmptyEventLoop) {
      whenIdle = () => {
        whenIdle = nothing;
        this.scheduleIteration();
      };
    } else {
      whenIdle = nothing;
      this.scheduleIteration();
    }
  }
}
