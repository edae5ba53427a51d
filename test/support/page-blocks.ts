import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { runInSharedProcess } from '../http/cli/command-line.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const program = join(root, 'src/server/cli/scimulator.ts')

/** The pages for people, by their paths from the root of the repository. */
export const pages: readonly string[] = globSync(
  ['*.md', 'docs/**/*.md', '{examples,samples,scenarios,scim-compliance,setup-scimulator}/**/*.md'],
  { cwd: root, exclude: ['**/node_modules/**'] },
).sort()

export type Block = {
  readonly page: string
  /** That of the fence, from 1. */
  readonly line: number
  readonly language: string
  readonly code: string
  /** The text of `<!-- not run: … -->` on the line above: why no test runs it. */
  readonly reason?: string
  /** The lines of a block of `text`, or without a language, that follows before the next one of another language. */
  readonly shown: readonly string[]
}

const commandLanguages = ['sh', 'bash', 'console', 'powershell', 'sql']

/** All fenced blocks of a page, without their indentation. */
export function fencedBlocksOf(page: string): readonly Block[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]?.trimStart() ?? ''
    if (!line.startsWith('```')) continue
    const indentation = (lines[at]?.length ?? 0) - line.length
    const end = lines.findIndex((other, from) => from > at && other.trim() === '```')
    const body = lines.slice(at + 1, end).map(one => one.slice(indentation))
    const above = lines[at - 1]?.trim() ?? ''
    blocks.push({
      page,
      line: at + 1,
      language: line.slice(3),
      code: `${body.join('\n')}\n`,
      ...(above.startsWith('<!-- not run:') && { reason: above.slice(13, above.lastIndexOf('-->')).trim() }),
      shown: [],
    })
    at = end
  }
  return blocks.map((block, at) => {
    const next = blocks[at + 1]
    const isShown = next !== undefined && ['', 'text'].includes(next.language)
    return isShown ? { ...block, shown: next.code.trim().split('\n') } : block
  })
}

export const isCommand = ({ language }: Block): boolean => commandLanguages.includes(language)

/** The command blocks of a page that a test has to run: all without a reason. */
export const blocksOf = (page: string): readonly Block[] =>
  fencedBlocksOf(page).filter(block => isCommand(block) && block.reason === undefined)

/** The scripts that shells of this process ran. */
const scripts: string[] = []

/** The lines of the commands of a page that no shell of this process ran. The port of a database may be another one. */
export function linesNotRun(page: string): readonly string[] {
  const ran = new Set(
    scripts
      .join('\n')
      .replaceAll(/localhost:\d+/g, 'localhost:5432')
      .split('\n'),
  )
  const lines = blocksOf(page).flatMap(({ code }) => code.trim().split('\n'))
  return lines.filter(line => line !== '' && !line.startsWith('#') && !ran.has(line))
}

/** A shell that keeps its variables from one block to the next. */
export type Shell = {
  /** Runs commands until the first that fails, and returns their output. */
  run(code: string): Promise<string>
}

type ShellOptions = {
  readonly folder: string
  readonly variables?: Readonly<Record<string, string>>
  /** A folder of programs that comes first in the path. */
  readonly programs?: string | undefined
}

/**
 * Opens a shell with a command `scimulator`, which runs the sources. Servers get a process of their own; other commands share one,
 * since the start of a process takes longer than most commands.
 */
export async function openShell(
  t: Pick<Test, 'teardown'>,
  { folder, variables = {}, programs = '' }: ShellOptions,
): Promise<Shell> {
  // The path of a socket has at most 107 bytes, and that of a test's folder may be longer.
  const socketFolder = mkdtempSync(join(tmpdir(), 'scimulator-'))
  const socket = join(socketFolder, 'commands')
  const server = createServer((request, response) => {
    answer(request).then(
      script => response.end(script),
      error => response.end(`echo ${quote(String(error))} >&2; exit 1`),
    )
  }).listen(socket)
  await once(server, 'listening')
  const command = join(folder, 'scimulator')
  writeFileSync(
    command,
    `#!/bin/sh
case "$1" in
'' | -* | serve | test-server) exec "${process.execPath}" "${program}" "$@" ;;
esac
eval "$({ env -0; printf '\\0'; printf '%s\\0' "$@"; } | curl -s --unix-socket '${socket}' --data-binary @- http://commands/)"
`,
  )
  chmodSync(command, 0o755)
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(SCIMULATOR_|SCIM_|AWS_|PG|NODE_OPTIONS$|TAP)/.test(name),
  )
  const shell = spawn('bash', ['-eo', 'pipefail', '-s'], {
    cwd: folder,
    env: {
      ...Object.fromEntries(inherited),
      ...variables,
      PATH: [folder, programs, process.env.PATH].filter(Boolean).join(delimiter),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(async () => {
    shell.stdin.end()
    if (shell.exitCode === null) await once(shell, 'exit')
    server.close()
    rmSync(socketFolder, { recursive: true, force: true })
  })
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]()
  const end = 'the block has ended'
  shell.stdin.write(`trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\nnpx() { command "$@"; }\n`)
  return {
    async run(code) {
      scripts.push(code)
      shell.stdin.write(`{\n${code}\n} < /dev/null 2>&1\necho; echo '${end}'\n`)
      const output: string[] = []
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error(`The shell ended within:\n${code}\n${output.join('\n')}`)
        if (value === end) return output.join('\n')
        output.push(value)
      }
    },
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Runs the command of a request: its environment and, after an empty text, its arguments. Returns a script with the result. */
async function answer(request: AsyncIterable<Uint8Array>): Promise<string> {
  const texts = (await buffer(request)).toString().split('\0')
  const end = texts.indexOf('')
  const env = Object.fromEntries(
    texts.slice(0, end).map(text => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  )
  const { code, out, err } = await runInSharedProcess(texts.slice(end + 1, -1), env, env.PWD)
  return `printf %s ${quote(out)}; printf %s ${quote(err)} >&2; exit ${code ?? 1}`
}

/** Parts of what pages show that differ from run to run: times and IDs. `…` is any text. */
const variable = /…|\d{4}-\d\d-\d\dT[\d:.]+Z|[0-9a-z]{8,}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** The lines that a page shows and the output does not have. */
export const missingLines = (shown: readonly string[], output: string): readonly string[] =>
  shown.filter(line => {
    const pattern = line
      .split(variable)
      .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')
    return !new RegExp(`^${pattern}$`, 'm').test(output)
  })
