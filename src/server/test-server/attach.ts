import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { formatCount } from '../cli/output.ts'
import type { ConsoleClient } from './console.ts'
import { checkMemberOptions } from './options.ts'
import { awaitAnalysis, findNewest, formatRequest, type JournalReader } from './wait-for.ts'

export type AttachOptions = {
  readonly name?: string
  /** `.html` is the session as a page without a server; `.har` and `.ndjson` are the requests alone. */
  readonly file?: string
}

export interface Attach {
  /** Writes the session to a file if this test of node:test or Vitest fails: `attach(t)`. */
  (test: NodeTest | VitestTest, options?: AttachOptions): void
  /** Runs `body`, and writes the session to a file if it throws: for Jest and other runners. */
  <Result>(body: () => Result, options?: AttachOptions): Promise<Awaited<Result>>
  (options?: AttachOptions): Promise<string>
}

const defaultFolder = 'scimulator-sessions'

const maxPrinted = 20

const formats = ['html', 'har', 'ndjson'] as const
type Format = (typeof formats)[number]

type Target = { readonly path: string; readonly format: Format; readonly name: string | undefined }

type Session = { readonly content: string; readonly count: string; readonly newest: readonly string[] }

type AttachDeps = JournalReader & {
  /** Throws once the server is closed. */
  readonly consoleFor: (member: string) => ConsoleClient
  readonly tenant: string
  readonly print: (text: string) => void
}

export function createAttach(deps: AttachDeps) {
  const awaited = new Map<symbol, { readonly target: Target; readonly session?: Session }>()

  /** Never rejects: the test has failed for another reason. */
  const saveFailed = async (target: Target, known?: Session): Promise<void> => {
    try {
      const session = known ?? (await readSession(target, deps))
      const path = await save(target.path, session.content)
      deps.print(formatReport(target, path, session))
    } catch (error) {
      deps.print(`Scimulator: the session of the failed test is not saved: ${(error as Error).message}`)
    }
  }

  const attachTo = ({ name, file, onEnd }: RunningTest, options: AttachOptions): void => {
    const target = toTarget(
      { name: [file && basename(file), name].filter(Boolean).join(' '), ...options },
      name,
    )
    const key = Symbol(name)
    awaited.set(key, { target })
    onEnd(async failed => {
      const { session } = awaited.get(key) ?? {}
      awaited.delete(key)
      if (failed) await saveFailed(target, session)
    })
  }

  const run = async <Result>(body: () => Result, options: AttachOptions): Promise<Awaited<Result>> => {
    const target = toTarget(options)
    try {
      return await body()
    } catch (error) {
      await saveFailed(target)
      throw error
    }
  }

  const saveNow = async (options: AttachOptions): Promise<string> => {
    const target = toTarget(options)
    const { content } = await readSession(target, deps, false)
    return save(target.path, content)
  }

  const attach = (first: unknown = {}, options: AttachOptions = {}) => {
    // Vitest's context is a function, too.
    const test = toRunningTest(first)
    if (test) return attachTo(test, options)
    return typeof first === 'function'
      ? run(first as () => unknown, options)
      : saveNow(first as AttachOptions)
  }

  return {
    attach: attach as Attach,
    /** Keeps the session for tests that end after the server. Never rejects. */
    async beforeClose(): Promise<void> {
      for (const [key, { target }] of awaited) {
        const session = await readSession(target, deps).catch(() => undefined)
        if (session) awaited.set(key, { target, session })
      }
    },
  }
}

/** Throws a TypeError. */
function toTarget(options: AttachOptions, shownName?: string): Target {
  checkMemberOptions('attach', options, {
    names: ['name', 'file'],
    call: "attach({ name: 'creates a user' })",
  })
  const { name, file } = options
  for (const [option, value] of Object.entries({ name, file })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new TypeError(`attach: ${option} must be a string, and not empty.`)
    }
  }
  const path = resolve(file ?? join(defaultFolder, `${toFileName(name ?? 'session')}.html`))
  const format = formats.find(known => extname(path).toLowerCase() === `.${known}`)
  if (format) return { path, format, name: shownName ?? name }
  throw new TypeError('attach: the file must end in .html, .har or .ndjson.')
}

/** Bytes. Most file systems allow 255, with the ending. */
const maxNameLength = 200

function toFileName(name: string): string {
  const text = name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.]+/gu, '-')
    .replace(/^[-.]+/, '')
  // A character that is cut in the middle becomes U+FFFD.
  const start = Buffer.from(text).subarray(0, maxNameLength).toString()
  return start.replace(/[-.\ufffd]+$/, '') || 'session'
}

async function readSession(
  { format, name }: Pick<Target, 'format' | 'name'>,
  deps: AttachDeps,
  hasFailed = true,
): Promise<Session> {
  const { read } = deps.consoleFor('attach')
  await awaitAnalysis('attach', deps)
  const content = await (format === 'html'
    ? read('GET /tenants/:tenant/session', {
        params: { tenant: deps.tenant },
        query: { test: hasFailed ? name?.slice(0, maxNameLength) : undefined },
      })
    : read('GET /exchanges/export', { query: { format } }))
  const { newest, total } = await findNewest(deps, maxPrinted)
  return {
    content,
    count:
      newest.length === total
        ? formatCount(total, 'request')
        : `the newest ${newest.length} of ${total} requests`,
    newest: newest.map(exchange => formatRequest(exchange)),
  }
}

async function save(path: string, content: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content, { mode: 0o600 })
  return path
}

function formatReport({ name }: Target, path: string, { count, newest }: Session): string {
  const test = name === undefined ? 'the failed test' : `"${name}"`
  const heading = `Scimulator: the session of ${test} is in ${path}, with ${count}${newest.length === 0 ? '.' : ':'}`
  return [heading, ...newest].join('\n')
}

export type NodeTest = {
  readonly name: string
  readonly filePath?: string | undefined
  after(hook: () => Promise<void>): void
}

export type VitestTest = {
  readonly task: {
    readonly name: string
    readonly file: { readonly name: string }
    readonly result?: { readonly state: string } | undefined
  }
  onTestFinished(hook: () => Promise<void>): void
}

type RunningTest = {
  readonly name: string
  readonly file?: string | undefined
  onEnd(hook: (failed: boolean) => Promise<void>): void
}

/** Undefined if the value is not a test context of node:test or Vitest. */
function toRunningTest(context: unknown): RunningTest | undefined {
  if ((typeof context !== 'object' && typeof context !== 'function') || context === null) return undefined
  if (isNodeTest(context)) {
    return {
      name: context.name,
      file: context.filePath,
      onEnd: hook => context.after(() => hook(!hasPassed(context))),
    }
  }
  if (isVitestTest(context)) {
    const { task } = context
    return {
      name: task.name,
      file: task.file.name,
      onEnd: hook => context.onTestFinished(() => hook(task.result?.state === 'fail')),
    }
  }
  return undefined
}

const isNodeTest = (context: object): context is NodeTest =>
  'after' in context && typeof context.after === 'function' && 'passed' in context

/** Set before the hooks run, and not in the types of Node.js. */
const hasPassed = (context: NodeTest) => 'passed' in context && context.passed === true

const isVitestTest = (context: object): context is VitestTest =>
  'onTestFinished' in context && typeof context.onTestFinished === 'function' && 'task' in context
