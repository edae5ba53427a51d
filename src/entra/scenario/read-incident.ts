import type { Json } from '../../scim/json.ts'
import { readRequestPattern } from './read-request.ts'
import type { Action, Fault } from './scenario.ts'
import type { StepFields } from './step-fields.ts'

const faultWords = ['timeout', 'connection', 'html', 'duplicate'] as const

export function readFault(step: StepFields): Fault {
  const { with: given = 500, on } = step.fields
  const word = faultWords.find(each => each === given)
  const status =
    typeof given === 'number' && Number.isInteger(given) && given >= 300 && given < 600 ? given : undefined
  if (word === undefined && status === undefined)
    step.wrong('with', `has to be a status such as 500, or one of ${faultWords.join(', ')}.`)
  const pattern = on === undefined ? undefined : readRequestPattern(on, `${step.place}.on`, step.mistakes)
  return {
    with: word ?? status ?? 500,
    next: step.count('next', 1),
    ...(pattern && { on: pattern }),
  }
}

const methods = ['GET', 'POST', 'PATCH', 'DELETE'] as const

export function readDirectRequest(step: StepFields): Action {
  const { method, path } = readRequestPattern(step.fields.send, `${step.place}.send`, step.mistakes) ?? {
    method: 'GET',
    path: '/',
  }
  const known = methods.find(each => each === method) ?? 'GET'
  const body = step.fields.body as Json | undefined
  const as = step.mistakes.text(step.fields, 'as', step.place, 'optional')
  return {
    do: 'request',
    request: { method: known, path, ...(body !== undefined && { body }) },
    as,
  }
}
