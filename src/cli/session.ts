import type { Command } from 'commander'
import { type ApiClient, createApiClient } from './api-client.ts'
import { printableJson } from './words.ts'

/** What a command works with: the server it talks to, and how its answers are shown. */
export type Session = {
  readonly api: ApiClient
  /** Shows an answer: as the API gave it under `--json`, in words otherwise. */
  readonly show: (answer: unknown, words: string) => void
  /** Whether answers are shown as the API gave them. */
  readonly json: boolean
}

export type ProgramOptions = {
  readonly console: string
  readonly consoleToken?: string
  readonly json?: true
}

export function sessionOf(command: Command): Session {
  const { console, consoleToken, json = false } = command.optsWithGlobals<ProgramOptions>()
  return {
    api: createApiClient({ url: console, token: consoleToken }),
    json,
    show(answer, words) {
      if (!json) process.stdout.write(words)
      else if (answer !== undefined) process.stdout.write(`${printableJson(answer, 2)}\n`)
    },
  }
}
