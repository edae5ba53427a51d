import {
  type Call,
  type ContentKey,
  createCall,
  type InputArguments,
  toRequest,
} from '../../domain/contract/client.ts'
import type { ProblemDocument } from '../../domain/contract/problem.ts'
import type { RunningServer } from '../server.ts'

/** Errors name the member: `faults.add: effect: Expected …`. */
export type ConsoleClient = {
  readonly call: Call
  read<Key extends ContentKey>(key: Key, ...input: InputArguments<Key>): Promise<string>
}

/** The console rejected a call: one sentence for each problem, which begins with the path of an invalid value. */
export class ConsoleError extends Error {
  readonly status: number
  readonly problems: readonly string[]
  constructor(member: string, document: ProblemDocument) {
    const problems = listProblems(document)
    super(`${member}: ${problems.join(' ')}`)
    this.name = 'ConsoleError'
    this.status = document.status
    this.problems = problems
  }
}

/** Calls without a socket: a test may replace `fetch`, and no connection stays open. */
export const createConsoleClient = (send: RunningServer['sendToConsole'], member: string): ConsoleClient => {
  const request = async ({ method, path, body }: ReturnType<typeof toRequest>): Promise<string> => {
    const response = await send({
      method,
      url: path,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (response.status < 400) return response.body
    throw new ConsoleError(member, JSON.parse(response.body))
  }
  return {
    call: createCall(async call => {
      const text = await request(call)
      return text === '' ? undefined : JSON.parse(text)
    }),
    read: (key, ...input) => request(toRequest(key, ...input)),
  }
}

const listProblems = ({ detail, errors = [] }: ProblemDocument): readonly string[] =>
  errors.length === 0
    ? [detail]
    : errors.map(({ path, message }) => [formatPath(path), message].filter(Boolean).join(': '))

const formatPath = (path: string): string =>
  path
    .split('.')
    .slice(1)
    .map(part => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
