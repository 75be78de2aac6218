"""The functions that `runtimes.py` runs on AWS's runtime clients and on ours."""

import dataclasses
import json


@dataclasses.dataclass
class Case:
    """A function and what it is asked. It runs on the `runtimes` that are named, else on all of its language."""

    name: str
    files: dict
    handler: str = "app.handler"
    events: tuple = ({},)
    environment: dict = dataclasses.field(default_factory=dict)
    headers: dict = dataclasses.field(default_factory=dict)
    runtimes: tuple = ()
    # What the host has beside the interpreter, and what the function then answers: AWS has the SDK itself.
    sdk: dict = dataclasses.field(default_factory=dict)
    answer: str = ""
    # It never ends: it is killed once its output says this.
    killed_after: str = ""


CLIENT_CONTEXT = json.dumps({
    "custom": {"k": "v"}, "env": {"locale": "de"}, "client": {"installation_id": "i", "app_title": "t"},
    "w3c": {"traceparent": "00-1", "other": 1},
})
IDENTITY = json.dumps({"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool"})
CONTEXT = {
    "Lambda-Runtime-Client-Context": CLIENT_CONTEXT,
    "Lambda-Runtime-Cognito-Identity": IDENTITY,
}


def python(name, body, **more):
    """A case in Python. A body without a handler is the body of one."""
    body = body.strip("\n")
    if "def handler" not in body and not more.get("handler"):
        body = "def handler(event, context):\n" + "\n".join(f"    {line}" for line in body.splitlines())
    files = more.pop("files", {})
    return Case(name, {"app.py": body + "\n", **files}, **more)


# Lambda writes characters beyond ASCII as they are from Python 3.12 on.
BOTH = ("python3.11", "python3.13")

PYTHON = [
    python("returns an object", "return {'a': [1, 2.5, None, True], 'b': {'c': 'd'}, 'event': event}", events=({"x": 1}, {"x": 2})),
    python("returns nothing", "pass"),
    python("returns text beyond ASCII", "return {'text': 'Grüße, 世界 \\u2028 \U0001f600', 'ø': '\"\\\\\\x01'}", runtimes=BOTH),
    python("returns a lone surrogate", "return '\\ud800'", runtimes=BOTH),
    python("returns Decimals", "from decimal import Decimal as D\nreturn [D('1.10'), D('1E+2'), D('-0'), D('NaN'), D('Infinity'), {'d': D('12345678901234567890.123456789')}]", runtimes=BOTH),
    python("returns a Decimal as a key", "from decimal import Decimal\nreturn {Decimal('1'): 2}"),
    python("returns floats that are no numbers", "return [float('nan'), float('inf'), -float('inf'), 1e100, 0.1]", runtimes=BOTH),
    python("returns bytes", "return b'\\x00raw\\xff'"),
    python("returns bytes within", "return {'a': b'text', b'key': 1}", runtimes=BOTH),
    python("returns bytes within that are no text", "return {'a': b'\\xff'}"),
    python("returns a bytearray", "return {'a': bytearray(b'x')}"),
    python("returns a named tuple", "from collections import namedtuple\nreturn [namedtuple('P', 'x y')(1, 2), (3, 4), ()]"),
    python("returns odd keys", "return {1: 'a', None: 'b', True: 'c', 1.5: 'd', 'e': {}}"),
    python("returns a tuple as a key", "return {(1, 2): 3}"),
    python("returns enumerations", "import enum\nclass C(enum.IntEnum):\n    A = 1\nclass S(str, enum.Enum):\n    B = 'b'\nreturn [C.A, S.B, {C.A: S.B}]"),
    python("returns a plain enumeration", "import enum\nclass C(enum.Enum):\n    A = 1\nreturn C.A"),
    python("returns a set", "return {1}"),
    python("returns a date", "import datetime\nreturn {'d': datetime.date(2020, 1, 2)}"),
    python("returns a generator", "return (n for n in range(3))"),
    python("returns an object of its own", "class Thing:\n    pass\nreturn Thing()"),
    python("returns itself", "a = []\na.append(a)\nreturn a"),
    python("returns the same twice", "a = [1]\nreturn [a, a, {'a': a}]"),
    python("returns big numbers", "return [2**70, -2**70]"),
    python("returns a megabyte", "return {'data': 'é' * 1_000_000}", runtimes=BOTH),
    python("is a generator", "yield 1"),
    python("is a coroutine", "async def handler(event, context):\n    return 1"),
    python("takes one argument", "def handler(event):\n    return 1"),
    python("is no function", "handler = 'text'", handler="app.handler"),
    python("is a class with a call", "class Handler:\n    def __call__(self, event, context):\n        return 'called'\nhandler = Handler()", handler="app.handler"),
    python("raises", "raise ValueError('who?')"),
    python("raises without a message", "raise KeyError()"),
    python("raises beyond ASCII", "raise RuntimeError('Grüße\\nund\\tmehr')", runtimes=BOTH),
    python("raises its own, through three functions", (
        "class Broken(Exception):\n    pass\ndef one():\n    two()\ndef two():\n    raise Broken('deep', 3)\n"
        "def handler(event, context):\n    one()")),
    python("raises one from another", "try:\n    {}['a']\nexcept KeyError as error:\n    raise RuntimeError('outer') from error"),
    python("raises in another module", "import lib.deep\ndef handler(event, context):\n    return lib.deep.f()",
           files={"lib/__init__.py": "", "lib/deep.py": "def f():\n    return 1 / 0\n"}),
    python("raises in the standard library", "import json\nreturn json.loads('{')"),
    python("raises for a file that it lacks", "import os\nopen(os.path.join(os.environ['LAMBDA_TASK_ROOT'], 'no.txt'))"),
    python("recurses without end", "def f(n):\n    return f(n + 1)\ndef handler(event, context):\n    try:\n        f(0)\n    except RecursionError as error:\n        raise RuntimeError(str(error)) from None"),
    python("fails, then answers", "if event['n'] == 1:\n    raise ValueError(event['n'])\nreturn event['n']", events=({"n": 1}, {"n": 2})),
    python("raises a group", "raise ExceptionGroup('many', [ValueError(1), TypeError(2)])"),
    python("asserts", "assert event == 1, 'not one'"),
    python("exits", "import sys\nsys.exit(3)"),
    python("exits with a text", "import sys\nsys.exit('bye')"),
    python("exits at once", "import os\nprint('half a line', end='')\nos._exit(4)"),
    python("prints without an end and exits", "import sys\nprint('a', 'b', end='')\nprint('c', file=sys.stderr, end='')\nsys.exit(0)"),
    python("prints and is killed", "print('first')\nprint('waiting', end='')\nimport time\ntime.sleep(60)", killed_after="waiting"),
    python("prints lines of each kind", "import sys\nprint('one\\ntwo')\nsys.stdout.writelines(['three\\n', 'four\\n'])\nprint('five', file=sys.stderr)\nprint('Grüße', flush=True)"),
    python("prints a traceback", "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()"),
    python("prints where it is", "print(__file__)"),
    python("logs at each level", "import logging\nfor level in ('debug', 'info', 'warning', 'error', 'critical'):\n    getattr(logging.getLogger(), level)('at %s', level)"),
    python("logs at a level of its own", "import logging\nlogging.getLogger().setLevel(logging.INFO)\nlogging.info('told')\nlogging.getLogger('named').debug('untold')\nlogging.getLogger('named').info('told\\ntwice')"),
    python("logs an exception", "import logging\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('caught')"),
    python("logs before it is asked", "import logging\nlogging.getLogger().setLevel('INFO')\nlogging.info('at import')\nprint('imported')\ndef handler(event, context):\n    logging.info('at work')"),
    python("sets logging up by itself", "import logging\nlogging.basicConfig(level='DEBUG')\nlogging.warning('twice?')"),
    python("logs by the context", "context.log('told')\ncontext.log(5)\ncontext.log('\\n')"),
    python("logs JSON", (
        "import logging\nlogging.warning('a %s', 'b')\nlogging.error('c', extra={'k': 1, 'o': object})\nlogging.getLogger('n').warning({'d': 'ø'})\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('caught')\nraise ValueError('end')"),
           environment={"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}),
    python("logs JSON from a task", "import asyncio, logging\nasync def work():\n    logging.warning('within')\nasyncio.run(work())",
           environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"}),
    python("logs at the level that is configured", "import logging\nlogging.debug('d')\nlogging.info('i')", environment={"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}),
    python("looks at its context", (
        "c = context.client_context\nreturn [c.custom, c.env, c.client.installation_id, c.client.app_version_name, repr(context.identity),\n"
        "        context.identity.cognito_identity_id, context.aws_request_id, context.invoked_function_arn, context.function_name,\n"
        "        context.function_version, context.memory_limit_in_mb, context.log_group_name, context.log_stream_name,\n"
        "        context.tenant_id, context.w3c(), 0 < context.get_remaining_time_in_millis() <= 60000, repr(context)]"), headers=CONTEXT),
    python("looks at a context without a client", "return [context.client_context, repr(context.identity), context.identity.cognito_identity_id, context.w3c()]"),
    python("is given a client context that is no JSON", "return 1", headers={"Lambda-Runtime-Client-Context": "{"}),
    python("is given a client context that is a list", "return 1", headers={"Lambda-Runtime-Client-Context": "[]"}),
    python("looks at its trace", "import os\nreturn os.environ['_X_AMZN_TRACE_ID']"),
    python("writes a module of a known name", "import code\nreturn code.MINE", files={"code.py": "MINE = 1\n"}),
    python("names the class of its context", "from awslambdaric.lambda_context import LambdaContext\ndef handler(event, context: LambdaContext):\n    return isinstance(context, LambdaContext)"),
    python("is within a package", "x = 1", handler="package/sub/app.handler",
           files={"package/sub/app.py": "def handler(event, context):\n    raise LookupError(__name__)\n"}),
    python("is within a package, by dots", "x = 1", handler="package.sub.app.handler",
           files={"package/sub/app.py": "def handler(event, context):\n    return __name__\n"}),
    python("has no dot in its name", "pass", handler="handler"),
    python("has an empty name", "pass", handler=""),
    python("has only a dot for a name", "pass", handler="."),
    python("is missing", "x = 1", handler="app.other"),
    python("is missing its module", "x = 1", handler="lost.handler"),
    python("is missing its module's package", "x = 1", handler="lost/app.handler"),
    python("is within a built-in module", "x = 1", handler="sys.handler"),
    python("has a syntax error", "def handler(event, context)\n    return 1"),
    python("has an indentation error", "def handler(event, context):\nreturn 1"),
    python("imports a syntax error", "import broken\ndef handler(event, context):\n    pass", files={"broken.py": "a b\n"}),
    python("imports what there is not", "import no_such_thing\ndef handler(event, context):\n    pass"),
    python("imports a name that there is not", "from other import nothing\ndef handler(event, context):\n    pass", files={"other.py": ""}),
    python("raises when it is imported", "print('begun')\nraise ValueError('at import')\ndef handler(event, context):\n    pass"),
    python("raises when it is imported, in JSON", "raise ValueError('at import')\ndef handler(event, context):\n    pass",
           environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"}),
    python("exits when it is imported", "import sys\nsys.exit(5)\ndef handler(event, context):\n    pass"),
    python("imports the host's SDK, and nothing else of the host", "import boto3\ntry:\n    import other\nexcept ImportError as error:\n    return [boto3.HOW, str(error)]",
           sdk={"boto3/__init__.py": "HOW = 'imported'\n", "other.py": ""}, answer='["imported", "No module named \'other\'"]'),
]


def node(name, body, **more):
    """A case in JavaScript: CommonJS, or a module where its file says so."""
    files = more.pop("files", {})
    return Case(name, {"index.js": body.strip("\n") + "\n", **files} if body else files,
                handler=more.pop("handler", "index.handler"), **more)


def module(name, body, **more):
    return node(name, "", files={"index.mjs": body.strip("\n") + "\n", **more.pop("files", {})}, **more)


JS_SDK = {
    "@aws-sdk/client-x/package.json": '{"exports": {"import": "./x.mjs", "require": "./x.cjs"}}',
    "@aws-sdk/client-x/x.mjs": "export const how = 'imported'\n",
    "@aws-sdk/client-x/x.cjs": "exports.how = 'required'\n",
}
V3, V4 = ("nodejs22.x",), ("nodejs24.x",)

NODE = [
    node("returns a promise", "exports.handler = async (event) => ({ event, a: [1, null, undefined], u: undefined, d: new Date(0) })", events=({"x": 1}, {"x": 2})),
    module("returns a promise, as a module", "export const handler = async (event) => event", events=({"x": 1},)),
    module("is a default of a module", "export default { handler: async () => 1 }"),
    node("returns nothing", "exports.handler = async () => {}"),
    node("returns at once", "exports.handler = () => 'at once'"),
    node("returns nothing at once", "exports.handler = () => {}"),
    node("returns what can be awaited", "exports.handler = () => ({ then: (resolve) => resolve('thenable') })"),
    node("returns text beyond ASCII", "exports.handler = async () => 'Grüße \\u2028 \\ud83d\\ude00 \\ud800'"),
    node("returns a big integer", "exports.handler = async () => ({ a: 1n })"),
    node("returns itself", "exports.handler = async () => { const a = {}; a.a = a; return a }"),
    node("returns a function", "exports.handler = async () => () => 1"),
    node("returns a buffer", "exports.handler = async () => Buffer.from('x')"),
    node("returns a megabyte", "exports.handler = async () => 'é'.repeat(1e6)"),
    node("calls back", "exports.handler = (event, context, callback) => { setImmediate(() => callback(null, 'called back')) }", events=({}, {})),
    node("calls back twice", "exports.handler = (event, context, callback) => { callback(null, 1); callback(null, 2); callback(new Error('late')) }"),
    node("calls back and returns", "exports.handler = (event, context, callback) => { callback(null, 'called'); return 'returned' }"),
    node("calls back and promises", "exports.handler = async (event, context, callback) => { callback(null, 'called'); return 'promised' }"),
    node("calls back an error", "exports.handler = (event, context, callback) => callback(new TypeError('who?'))"),
    node("calls back a text", "exports.handler = (event, context, callback) => callback('who?')"),
    node("calls back an object", "exports.handler = (event, context, callback) => callback({ code: 5 })"),
    node("calls back what cannot be written", "exports.handler = (event, context, callback) => callback(null, 1n)"),
    node("calls back and waits for what it began", "exports.handler = (event, context, callback) => { setTimeout(() => console.log('later'), 50); callback(null, 1) }"),
    node("calls back and does not wait", "exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setTimeout(() => console.log('never'), 60000); callback(null, 1) }"),
    node("calls back with a callback that has a default", "exports.handler = (event, context, callback = () => {}) => 5"),
    node("succeeds by its context", "exports.handler = (event, context) => { context.succeed({ a: 1 }) }"),
    node("fails by its context", "exports.handler = (event, context) => { context.fail(new RangeError('no')) }"),
    node("fails by its context without a reason", "exports.handler = (event, context) => { context.fail() }"),
    node("is done by its context", "exports.handler = (event, context) => { context.done(null, 'done'); context.done(null, 'twice') }"),
    node("succeeds and exits", "exports.handler = (event, context) => { context.succeed('sent'); process.exit(3) }"),
    node("throws", "exports.handler = async () => { throw new TypeError('who?') }"),
    node("throws at once", "exports.handler = () => { throw new TypeError('who?') }"),
    node("throws a text", "exports.handler = async () => { throw 'who?' }"),
    node("throws nothing", "exports.handler = async () => { throw undefined }"),
    node("throws null at once", "exports.handler = () => { throw null }"),
    node("throws an object", "exports.handler = async () => { throw { code: 1, name: 'N', message: 'm' } }"),
    node("throws what looks like an error", "exports.handler = async () => { throw { name: 'Like', message: 'm', stack: 'Like: m' } }"),
    node("throws an object without a prototype", "exports.handler = async () => { throw Object.create(null) }"),
    node("throws an error of its own", "class Broken extends Error { constructor(m) { super(m); this.name = 'Broken'; this.code = 'E1'; this.detail = { a: 1 } } }\nexports.handler = async () => { throw new Broken('own') }"),
    node("throws an error with a cause", "exports.handler = async () => { throw new Error('outer', { cause: new RangeError('inner') }) }"),
    node("throws an error with itself in it", "exports.handler = async () => { const e = new Error('round'); e.self = { e }; e.self.self = e.self; throw e }"),
    node("throws an error without a stack", "exports.handler = async () => { const e = new Error('bare'); delete e.stack; e.stack = undefined; throw e }", runtimes=V4),
    node("throws DEL", "exports.handler = async () => { throw new Error('a\\x7fb') }"),
    node("throws through three functions", "const one = () => two();\nconst two = () => { throw new Error('deep') };\nexports.handler = async () => {\n  one();\n}"),
    node("throws in another module", "const f = require('./lib/deep');\nexports.handler = async () => f()", files={"lib/deep.js": "module.exports = () => { throw new Error('deep') }\n"}),
    module("throws as a module", "const f = () => { throw new Error('deep') };\nexport const handler = async () => f()"),
    node("fails, then answers", "exports.handler = async (e) => { if (e.n === 1) throw new Error('first'); return e.n }", events=({"n": 1}, {"n": 2})),
    node("rejects an aggregate", "exports.handler = () => Promise.any([Promise.reject(new Error('a'))])"),
    node("leaves a rejection alone", "exports.handler = () => { Promise.reject(new Error('alone')); }"),
    node("leaves a rejection without an error alone", "exports.handler = () => { Promise.reject('text'); }"),
    node("leaves a rejection alone beside its promise", "exports.handler = async () => { Promise.reject(new Error('alone')); await new Promise((r) => setTimeout(r, 100)); return 1 }"),
    node("throws where nobody catches", "exports.handler = () => new Promise(() => { setTimeout(() => { throw new Error('uncaught') }, 10) })"),
    node("throws a text where nobody catches", "exports.handler = () => new Promise(() => { setTimeout(() => { throw 'uncaught' }, 10) })"),
    node("never answers and has nothing to do", "exports.handler = () => new Promise(() => {})"),
    node("exits", "exports.handler = async () => { process.exit(3) }"),
    node("prints half a line and exits", "exports.handler = async () => { process.stdout.write('half'); process.stderr.write('err'); process.exit(0) }"),
    node("prints and is killed", "exports.handler = () => new Promise(() => { console.log('first'); process.stdout.write('waiting'); setTimeout(() => {}, 60000) })", killed_after="waiting"),
    node("logs at each level", "exports.handler = async () => { for (const l of ['trace', 'debug', 'info', 'log', 'warn', 'error', 'fatal']) console[l]('at %s', l, { a: [1, { b: 2 }] }) }"),
    node("logs lines", "exports.handler = async () => { console.log('one\\ntwo', 3); console.log(); console.log(undefined, null); console.log('%d%%', 5, 'x') }"),
    node("logs an error", "exports.handler = async () => { const e = new Error('seen'); e.code = 'E'; console.error(e); console.error('with', e) }"),
    node("logs where it is", "exports.handler = async () => { console.log(__filename, __dirname); process.stdout.write(__filename + '\\n') }"),
    node("logs with other methods", "exports.handler = async () => { console.table([{ a: 1 }]); console.dir({ a: 1 }); console.group('g'); console.log('in'); console.groupEnd(); console.assert(false, 'no') }"),
    node("logs before it is asked", "console.log('at load');\nexports.handler = async () => { console.log('at work') }"),
    node("logs JSON", (
        "exports.handler = async () => { console.log('a', 'b'); console.warn({ k: 1n ? 'v' : 0, e: new Error('in') }); console.error(new TypeError('alone'));"
        " console.error('with', new RangeError('x')); console.log('one\\ntwo'); console.info({ a: 1n }); throw Object.assign(new Error('end'), { code: 'E' }) }"),
         environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"}),
    node("logs an error first, in JSON", "exports.handler = async () => { console.error(new TypeError('first'), 'then') }", environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"}),
    node("logs from a level on", "exports.handler = async () => { console.debug('d'); console.info('i'); console.warn('w') }", environment={"AWS_LAMBDA_LOG_LEVEL": "warn"}),
    node("looks at its context", (
        "exports.handler = async (event, context) => { const { getRemainingTimeInMillis, ...rest } = context; const left = getRemainingTimeInMillis();"
        " return { rest, left: left > 0 && left <= 60000, keys: Object.keys(context), trace: process.env._X_AMZN_TRACE_ID } }"), headers=CONTEXT),
    node("looks at a context without a client", "exports.handler = async (event, context) => ({ c: typeof context.clientContext, i: typeof context.identity })"),
    node("is given a client context that is no JSON", "exports.handler = async () => 1", headers={"Lambda-Runtime-Client-Context": "{"}),
    node("has no dot in its name", "exports.handler = async () => 1", handler="handler"),
    node("has an empty name", "exports.handler = async () => 1", handler=""),
    node("points upwards", "exports.handler = async () => 1", handler="../index.handler"),
    node("is missing", "exports.other = async () => 1"),
    node("is no function", "exports.handler = 'text'"),
    node("is missing its file", "exports.handler = async () => 1", handler="lost.handler"),
    node("is missing its folder", "exports.handler = async () => 1", handler="lost/index.handler"),
    node("is within an object", "exports.api = { v1: { get: async () => 'nested' } }", handler="index.api.v1.get"),
    node("is a method of a prototype", "class Api { constructor() { this.word = 'own' } async get() { return typeof this } }\nexports.api = new Api()", handler="index.api.get"),
    node("is inherited by the exports", "class Api { async handler() { return 'inherited' } }\nmodule.exports = new Api()"),
    node("is a method of a function", "exports.api = () => {};\nexports.api.get = async () => 'of a function'", handler="index.api.get"),
    node("is within a folder", "", handler="src/index.handler", files={"src/index.js": "exports.handler = async () => require('./other')\n", "src/other.js": "module.exports = 'other'\n"}),
    node("is a folder with an index", "", handler="src.handler", files={"src/index.js": "exports.handler = async () => 'folder'\n"}),
    node("is a folder with a package.json", "", handler="src.handler", files={"src/package.json": '{"main": "lib/main.js"}', "src/lib/main.js": "exports.handler = async () => 'main'\n"}),
    node("is a folder without an index", "", handler="src.handler", files={"src/other.js": ""}),
    node("is a package", "", handler="thing.handler", files={"node_modules/thing/index.js": "exports.handler = async () => 'package'\n"}),
    node("is a package in a folder", "", handler="sub/thing.handler", files={"sub/node_modules/thing/index.js": "exports.handler = async () => 'package'\n", "sub/x.js": ""}),
    node("is a file without an extension", "", handler="index.handler", files={"index": "exports.handler = async () => 'bare'\n"}),
    node("is a CommonJS file", "", files={"index.cjs": "exports.handler = async () => 'cjs'\n"}),
    node("is a file of each kind", "exports.handler = async () => 'js'", files={"index.mjs": "export const handler = async () => 'mjs'\n", "index.cjs": "exports.handler = async () => 'cjs'\n"}),
    node("is a module by its package.json", "export const handler = async () => import.meta.url.slice(-9)", files={"package.json": '{"type": "module"}'}),
    node("has a package.json that is no JSON", "exports.handler = async () => 'read'", files={"package.json": '{'}, runtimes=V3),
    node("imports from its package", "const { a } = require('thing');\nconst b = require('thing/sub');\nexports.handler = async () => [a, b]",
         files={"node_modules/thing/package.json": '{"name": "thing", "exports": {".": "./main.js", "./sub": "./lib/sub.js"}}',
                "node_modules/thing/main.js": "exports.a = 1\n", "node_modules/thing/lib/sub.js": "module.exports = 2\n"}),
    module("imports from its package, as a module", "import { a } from 'thing';\nexport const handler = async () => a",
           files={"node_modules/thing/package.json": '{"name": "thing", "exports": {"import": "./main.mjs"}}', "node_modules/thing/main.mjs": "export const a = 1\n"}),
    module("awaits at its top", "const value = await new Promise((r) => setTimeout(() => r(7), 10));\nexport const handler = async () => value"),
    node("is exported as a whole", "module.exports = { handler: async function () { return this === undefined ? 'undefined' : typeof this } }"),
    node("changes its exports later", "exports.handler = async () => { exports.handler = async () => 'second'; return 'first' }", events=({}, {})),
    node("has a syntax error", "exports.handler = async () => {"),
    module("has a syntax error, as a module", "export const handler = async () => {"),
    node("imports what there is not", "require('no-such-thing');\nexports.handler = async () => 1"),
    module("imports what there is not, as a module", "import 'no-such-thing';\nexport const handler = async () => 1"),
    module("imports a name that there is not", "import { none } from './other.mjs';\nexport const handler = async () => 1", files={"other.mjs": "export const one = 1\n"}),
    node("throws when it is loaded", "console.log('begun');\nthrow new RangeError('at load')"),
    module("throws when it is loaded, as a module", "throw new RangeError('at load')"),
    node("throws a text when it is loaded", "throw 'at load'"),
    node("throws when it is loaded, in JSON", "throw new RangeError('at load')", environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"}),
    node("exits when it is loaded", "process.exit(5)"),
    node("leaves a rejection alone when it is loaded", "Promise.reject(new Error('early'));\nexports.handler = async () => 1"),
    node("listens to exceptions by itself", "process.on('uncaughtException', (e) => console.log('mine', e.message));\nexports.handler = () => new Promise(() => setTimeout(() => { throw new Error('x') }, 10))"),
    node("streams", "exports.handler = awslambda.streamifyResponse(async (event, stream, context) => { stream.setContentType('text/plain'); stream.write('a'); stream.write({ b: 1 }); stream.end() })", events=({}, {})),
    node("streams with a head", "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: 'b' } }); stream.write('body'); stream.end() })"),
    node("streams and fails midway", "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('a'); throw new TypeError('midway') })"),
    node("streams and returns a value", "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.end('x'); return 1 })"),
    node("streams at once", "exports.handler = awslambda.streamifyResponse((event, stream) => { stream.end('x') })"),
    node("streams through a pipeline", "const { pipeline } = require('node:stream/promises');\nconst { Readable } = require('node:stream');\nexports.handler = awslambda.streamifyResponse(async (event, stream) => { await pipeline(Readable.from([Buffer.from('a'), Buffer.from('b')]), stream) })"),
    node("sets its content type too late", "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('a'); stream.setContentType('text/html') })"),
    node("asks who is invoked", "exports.handler = async () => { const s = globalThis.awslambda.InvokeStore; return [s.getRequestId(), s.getXRayTraceId(), s.hasContext(), s.get('mine') ?? 'none'] }", runtimes=V4),
    node("requires the host's SDK", "const sdk = require('@aws-sdk/client-x');\nexports.handler = async () => sdk.how", sdk=JS_SDK, answer='"required"'),
    module("imports the host's SDK", "import { how } from '@aws-sdk/client-x';\nexport const handler = async () => how", sdk=JS_SDK, answer='"imported"'),
    module("imports from the host what there is not", "let how = 'found';\ntry { await import('@aws-sdk/client-y') } catch (error) { how = error.code }\nexport const handler = async () => how",
           sdk=JS_SDK, answer='"ERR_MODULE_NOT_FOUND"'),
]
