import { readDuration } from '../../domain/duration.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { ProblemList, UncheckedFields } from '../entra/mapping/fields.ts'
import { readExpectation, readRequestPattern } from './read-expectation.ts'
import type { Action, Fault, Step, TokenFault } from './scenario.ts'

class StepFields {
  readonly fields: UncheckedFields
  readonly place: string
  readonly problems: ProblemList

  constructor(fields: UncheckedFields, place: string, problems: ProblemList) {
    this.fields = fields
    this.place = place
    this.problems = problems
  }

  wrong(name: string, text: string): void {
    this.problems.add(`${this.place}.${name}`, text)
  }

  text(name: string): string {
    return this.problems.text(this.fields, name, this.place, 'required') ?? ''
  }

  object(name: string): JsonObject {
    const value = this.fields[name]
    if (isObject(value)) return value
    this.wrong(name, 'must be an object.')
    return {}
  }

  count(name: string, defaultValue: number): number {
    const value = this.fields[name] ?? defaultValue
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
    this.wrong(name, 'must be a whole number of at least 0.')
    return defaultValue
  }
}

const faultKinds = ['timeout', 'connection', 'html', 'duplicate'] as const

function readFaultKind<Word extends string>(step: StepFields, words: readonly Word[]): number | Word {
  const { with: given = 500 } = step.fields
  const word = words.find(each => each === given)
  if (word !== undefined) return word
  if (typeof given === 'number' && Number.isInteger(given) && given >= 300 && given < 600) return given
  step.wrong('with', `must be a status such as 500, or one of ${words.join(', ')}.`)
  return 500
}

const readTokenFault = (step: StepFields): TokenFault => ({
  with: readFaultKind(step, ['timeout', 'connection']),
  next: step.count('next', 1),
})

function readFault(step: StepFields): Fault {
  const { on } = step.fields
  const kind = readFaultKind(step, faultKinds)
  const pattern = on === undefined ? undefined : readRequestPattern(on, `${step.place}.on`, step.problems)
  return {
    with: kind,
    next: step.count('next', 1),
    ...compact({ on: pattern }),
  }
}

const methods = ['GET', 'POST', 'PATCH', 'DELETE'] as const

function readDirectRequest(step: StepFields): Action {
  const { method, path } = readRequestPattern(step.fields.send, `${step.place}.send`, step.problems) ?? {
    method: 'GET',
    path: '/',
  }
  const known = methods.find(each => each === method) ?? 'GET'
  const body = step.fields.body as Json | undefined
  const as = step.problems.text(step.fields, 'as', step.place, 'optional')
  return {
    do: 'request',
    request: { method: known, path, ...compact({ body }) },
    as,
  }
}

type ActionReader = { readonly members: readonly string[]; readonly read: (step: StepFields) => Action }

const simple = (name: SimpleAction): ActionReader => ({
  members: ['who'],
  read: step => ({ do: name, who: step.text('who') }),
})
type SimpleAction = 'disable' | 'enable' | 'delete' | 'purge' | 'restore' | 'unassign'

const membership = (name: 'addMember' | 'removeMember'): ActionReader => ({
  members: ['who', 'group'],
  read: step => ({ do: name, who: step.text('who'), group: step.text('group') }),
})

const actionReaders: Readonly<Record<string, ActionReader>> = {
  disable: simple('disable'),
  enable: simple('enable'),
  delete: simple('delete'),
  purge: simple('purge'),
  restore: simple('restore'),
  unassign: simple('unassign'),
  assign: { members: ['who', 'role'], read: readAssign },
  change: {
    members: ['who', 'attributes'],
    read: step => ({ do: 'change', who: step.text('who'), attributes: step.object('attributes') }),
  },
  addUser: { members: ['user'], read: step => ({ do: 'addUser', user: step.object('user') }) },
  addGroup: { members: ['group'], read: step => ({ do: 'addGroup', group: step.object('group') }) },
  addMember: membership('addMember'),
  removeMember: membership('removeMember'),
  setManager: { members: ['who', 'manager'], read: readManager },
  cycle: { members: [], read: () => ({ do: 'cycle' }) },
  onDemand: { members: ['who', 'members'], read: readOnDemand },
  restart: {
    members: ['full'],
    read: ({ problems, fields, place }) => ({
      do: 'restart',
      full: problems.boolean(fields, 'full', place) ?? false,
    }),
  },
  allowDeletions: { members: [], read: () => ({ do: 'allowDeletions' }) },
  advance: { members: ['by'], read: readAdvance },
  fail: { members: ['with', 'next', 'on'], read: step => ({ do: 'fail', fault: readFault(step) }) },
  throttle: {
    members: ['next', 'on'],
    read: step => ({ do: 'fail', fault: { ...readFault(step), with: 429 } }),
  },
  expireToken: {
    members: ['after'],
    read: step => ({ do: 'expireToken', after: step.count('after', 0) }),
  },
  renewToken: { members: [], read: () => ({ do: 'renewToken' }) },
  failTokenRequests: {
    members: ['with', 'next'],
    read: step => ({ do: 'failTokenRequests', fault: readTokenFault(step) }),
  },
  expireSecret: { members: [], read: () => ({ do: 'expireSecret' }) },
  renewSecret: { members: [], read: () => ({ do: 'renewSecret' }) },
  createSecret: { members: [], read: () => ({ do: 'createSecret' }) },
  deleteOldSecrets: { members: [], read: () => ({ do: 'deleteOldSecrets' }) },
  rotateKeys: { members: [], read: () => ({ do: 'rotateKeys' }) },
  request: { members: ['send', 'body', 'as'], read: readDirectRequest },
}

function readAssign(step: StepFields): Action {
  const who = step.text('who')
  if (step.fields.role === undefined) return { do: 'assign', who }
  const { id, value, displayName } = step.object('role')
  if (typeof id === 'string' && typeof value === 'string' && typeof displayName === 'string')
    return { do: 'assign', who, role: { id, value, displayName } }
  step.wrong('role', 'must have an id, a value and a displayName.')
  return { do: 'assign', who }
}

function readManager(step: StepFields): Action {
  const { manager } = step.fields
  const who = step.text('who')
  return { do: 'setManager', who, manager: manager === null ? undefined : step.text('manager') }
}

function readOnDemand(step: StepFields): Action {
  const { members } = step.fields
  const who = step.text('who')
  const isValid = Array.isArray(members) && members.every(each => typeof each === 'string')
  if (members !== undefined && !isValid) step.wrong('members', 'must be a list of names.')
  return { do: 'onDemand', who, members: isValid ? members : undefined }
}

function readAdvance(step: StepFields): Action {
  const text = step.text('by')
  const by = readDuration(text)
  if (by === undefined) step.wrong('by', 'must be a duration such as 40m, 6h or 30d.')
  return { do: 'advance', by: by ?? 0 }
}

export function readStep(given: unknown, place: string, problems: ProblemList): Step | undefined {
  const name = isObject(given) ? given.do : undefined
  const reader =
    typeof name === 'string' && Object.hasOwn(actionReaders, name) ? actionReaders[name] : undefined
  if (!isObject(given) || !reader) {
    const known = Object.keys(actionReaders).join(', ')
    problems.add(place, `must be an object with "do": one of ${known}.`)
    return undefined
  }
  // `says` is the former name of `description`.
  const { says, ...members } = given
  const step = says === undefined ? members : { description: says, ...members }
  const fields = problems.fieldsOf(step, place, ['do', 'description', 'expect', ...reader.members]) ?? {}
  const description = problems.text(fields, 'description', place, 'optional')
  const expect = readExpectation(fields.expect, `${place}.expect`, problems)
  const action = reader.read(new StepFields(fields, place, problems))
  return { place, action, expect, ...compact({ description }) }
}
