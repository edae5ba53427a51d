import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'
import { type Ended, runInSharedProcess } from './command-line.ts'

export type { Ended }

const program = 'src/server/cli/scimulator.ts'

/**
 * Environment variables of the shell that runs the tests must not select another server, and the program starts faster
 * without tap's loader.
 */
const environment = (extra: Readonly<Record<string, string>>) => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SCIMULATOR_|NODE_OPTIONS$)/.test(name)),
  ),
  ...extra,
})

/** Starts the program as a shell does. */
export const start = (
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams => spawn(process.execPath, [program, ...args], { env: environment(extra) })

/** The output and exit code of a process. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const [out, err, code] = await Promise.all([
    allOf(child.stdout),
    allOf(child.stderr),
    new Promise<number | null>(resolve => child.once('close', resolve)),
  ])
  return { code, out, err }
}

async function allOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const part of stream) text += part
  return text
}

/** Runs the program to its end, in a process that tests share: its start takes longer than most commands. */
export const run = (
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
  folder?: string,
): Promise<Ended> => runInSharedProcess(args, environment(extra), folder)

/** The lines of a stream. */
export async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest = ''
  for await (const part of stream) {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

/** Times and generated ids differ from run to run. */
export const settled = ({ code, out, err }: Ended): Ended => ({
  code,
  out: out
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'AAAA-MM-DDThh:mm:ssZ')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'some-uuid'),
  err,
})

/** An address without a listener. */
export async function silentAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
