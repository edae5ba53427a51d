import { execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import type { Json, JsonObject } from '../../src/scim/json.ts'

/** Debian's, which has the AWS CLI and boto3 as packages. Version managers put others into the PATH. */
const python = [process.env.AWS_PYTHON, '/usr/bin/python3'].find(
  path => path !== undefined && existsSync(path),
)

/**
 * Why tests with the AWS CLI and boto3 are skipped. With `AWS_TESTS=required`, they fail without them.
 */
export const skipWithoutAwsClients =
  process.env.AWS_TESTS !== 'required' &&
  (python === undefined || spawnSync(python, ['-c', 'import boto3, awscli']).status !== 0) &&
  'The AWS CLI and boto3 were not found: install awscli and python3-boto3'

/** The endpoint and the credentials of clients. */
export type AwsCaller = {
  readonly url: string
  readonly accessKey: { readonly id: string; readonly secret: string }
}

/** The environment of a client, without the settings and the proxies of this machine. */
const environmentOf = ({ url, accessKey }: AwsCaller): NodeJS.ProcessEnv => ({
  PATH: '/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C.UTF-8',
  AWS_ACCESS_KEY_ID: accessKey.id,
  AWS_SECRET_ACCESS_KEY: accessKey.secret,
  AWS_REGION: 'eu-central-1',
  AWS_DEFAULT_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL: url,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
})

/** A Python process that reads requests and writes results, each a line of JSON. It takes half a second to start. */
function startPython(t: Pick<Test, 'teardown'>, caller: AwsCaller, script: string) {
  const path = new URL(`./${script}`, import.meta.url).pathname
  const child = spawn(python ?? 'python3', [path], {
    env: environmentOf(caller),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  t.teardown(() => {
    child.stdin.end()
  })
  return async (request: Json): Promise<JsonObject> => {
    child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error(`${script} has ended.`)
    return JSON.parse(value)
  }
}

/** The result of a command: its output as JSON, or the message of its error. */
type CliResult = { readonly status: number; readonly output?: JsonObject; readonly error?: string }

/** Runs commands of the AWS CLI: `run('identitystore', 'list-users', …)`. */
export type AwsCli = (...args: readonly string[]) => Promise<CliResult>

/** What commands print: the AWS CLI in one process for all of them. */
export function printByAwsCli(t: Pick<Test, 'teardown'>, caller: AwsCaller) {
  const run = startPython(t, caller, 'aws-cli-calls.py')
  return async (...args: readonly string[]) => {
    const { status, output, errors } = await run(args)
    return { status: Number(status), output: String(output), errors: String(errors) }
  }
}

/** The same with their output as JSON. */
export function startAwsCli(t: Pick<Test, 'teardown'>, caller: AwsCaller): AwsCli {
  const print = printByAwsCli(t, caller)
  return async (...args) => {
    const { status, output, errors } = await print(...args, '--output', 'json')
    return {
      status,
      ...(output !== '' && { output: JSON.parse(output) }),
      ...(errors !== '' && { error: errors.trim() }),
    }
  }
}

type Boto3Error = {
  readonly class: string
  readonly code: string
  readonly message: string
  readonly status: number
  /** Other members of the error. */
  readonly members: JsonObject
}
type Boto3Result = { readonly output?: JsonObject; readonly error?: Boto3Error }

/** boto3 in one process. */
export type Boto3 = {
  /** Calls an operation by its name in boto3: `call('identitystore', 'list_users', …)`. */
  call(service: string, operation: string, input?: JsonObject): Promise<Boto3Result>
  /** All pages of a list, read by boto3's paginator in pages of this size. */
  pages(service: string, operation: string, input: JsonObject, size: number): Promise<readonly JsonObject[]>
}

const withoutMetadata = ({ ResponseMetadata: _, ...output }: JsonObject): JsonObject => output

export function startBoto3(t: Pick<Test, 'teardown'>, caller: AwsCaller): Boto3 {
  const run = startPython(t, caller, 'boto3-calls.py')
  return {
    call: async (service, operation, input = {}) => {
      const { output, error } = await run({ service, operation, input })
      return error === undefined
        ? { output: withoutMetadata(output as JsonObject) }
        : { error: error as unknown as Boto3Error }
    },
    pages: async (service, operation, input, size) => {
      const { output, error } = await run({ service, operation, input, pages: size })
      if (error !== undefined) throw new Error(JSON.stringify(error))
      return (output as readonly JsonObject[]).map(withoutMetadata)
    },
  }
}

/** Runs a shell command that was copied from the journal. */
export const runCopied = (
  caller: AwsCaller,
  command: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  new Promise(resolve => {
    execFile('bash', ['-c', command], { env: environmentOf(caller) }, (_error, stdout, stderr) =>
      resolve({ stdout, stderr }),
    )
  })
