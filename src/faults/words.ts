import type { FaultEffect, FaultMatch, NewFault } from './fault.ts'

/** What a fault does: "every 3rd POST or PATCH of a User: 429, Retry-After 30". */
export const faultInWords = ({ match, effect, times }: NewFault): string =>
  `${matchInWords(match)}: ${effectInWords(effect)}${timesInWords(times)}`

function matchInWords({ tenant, methods, type, operations, text, skip, every }: FaultMatch): string {
  const kind = kindInWords(methods, operations)
  return [
    every !== undefined && every > 1
      ? `every ${ordinal(every)} ${kind ?? 'request'}`
      : (kind ?? 'every request'),
    type && `${kind ? 'of' : 'about'} a ${type}`,
    tenant && `in ${tenant}`,
    text && `with "${text}" in it`,
    skip && `after the first ${skip === 1 ? 'one' : skip}`,
  ]
    .filter(Boolean)
    .join(' ')
}

/** A method by itself, an operation by itself, or both: "POST (create)". */
function kindInWords(methods: FaultMatch['methods'] = [], operations: FaultMatch['operations'] = []) {
  const method = either(methods)
  const operation = either(operations)
  return method && operation ? `${method} (${operation})` : (method ?? operation)
}

/** What becomes of the answer: "429, Retry-After 30". */
export function effectInWords(effect: FaultEffect): string {
  switch (effect.kind) {
    case 'status':
      return `${effect.status}${effect.retryAfter === undefined ? '' : `, Retry-After ${effect.retryAfter}`}`
    case 'delay':
      return `carried out ${secondsInWords(effect.milliseconds)} late`
    case 'reset':
      return effect.when === 'before'
        ? 'connection cut, nothing carried out'
        : 'carried out, connection cut before the answer'
    case 'truncate':
      return 'carried out, half of the body sent'
    case 'body':
      return `carried out, answered ${effect.status === undefined ? '' : `${effect.status} `}with ${sortOf(effect)}`
    case 'token-expired':
      return '401, token expired'
  }
}

const sortOf = ({ body, mediaType }: Extract<FaultEffect, { kind: 'body' }>) =>
  body === '' ? 'an empty body' : `${mediaType.split(';')[0]}`

const timesInWords = (times: number | undefined) => {
  if (times === undefined) return ''
  return times === 1 ? ', once' : `, ${times} times`
}

const secondsInWords = (milliseconds: number) => {
  const seconds = milliseconds / 1000
  return `${seconds} second${seconds === 1 ? '' : 's'}`
}

const ordinal = (number: number) => {
  const isTeen = number % 100 > 10 && number % 100 < 14
  return `${number}${(!isTeen && { 1: 'st', 2: 'nd', 3: 'rd' }[number % 10]) || 'th'}`
}

/** POST, PUT or PATCH. */
function either(names: readonly string[]): string | undefined {
  const last = names.at(-1)
  if (last === undefined || names.length === 1) return last
  return `${names.slice(0, -1).join(', ')} or ${last}`
}
