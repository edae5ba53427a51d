import type { Exchange, Message } from '../../journal/exchange.ts'
import { headersOf } from '../replay/replayable.ts'
import { gapsIn } from './gaps.ts'

/** The request and its answer as a case for a test suite. `notes` tell what isn't as it was. */
export function fixtureOf(exchange: Exchange): string {
  const { method, url, status, request, response } = exchange
  const notes = gapsIn(exchange)
  const fixture = {
    name: nameOf(exchange),
    request: { method, path: url, headers: headersOf(exchange), ...bodyOf(request) },
    expect: { status, ...bodyOf(response) },
    ...(notes.length > 0 && { notes }),
  }
  return `${JSON.stringify(fixture, undefined, 2)}\n`
}

const nameOf = ({ action, target, status }: Exchange): string => {
  const about = target?.label ?? target?.id
  return `${action}${about === undefined ? '' : ` ${about}`}: ${status}`
}

/** JSON as the value that it stands for, all else as text. */
const bodyOf = ({ body, cutFrom }: Message): { readonly body?: unknown } => {
  if (body === undefined || body === '') return {}
  return { body: cutFrom === undefined ? parsed(body) : body }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
