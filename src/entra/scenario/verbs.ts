import { readDuration } from '../duration.ts'
import { readDirectRequest, readFault } from './read-incident.ts'
import type { Action } from './scenario.ts'
import type { StepFields } from './step-fields.ts'

type Verb = { readonly members: readonly string[]; readonly read: (step: StepFields) => Action }

const simple = (name: SimpleVerb): Verb => ({
  members: ['who'],
  read: step => ({ do: name, who: step.text('who') }),
})
type SimpleVerb = 'disable' | 'enable' | 'delete' | 'purge' | 'restore' | 'unassign'

const membership = (name: 'addMember' | 'removeMember'): Verb => ({
  members: ['who', 'group'],
  read: step => ({ do: name, who: step.text('who'), group: step.text('group') }),
})

/** What a step can do: the members that it takes, and how they are read. */
export const verbs: Readonly<Record<string, Verb>> = {
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
    read: ({ mistakes, fields, place }) => ({
      do: 'restart',
      full: mistakes.boolean(fields, 'full', place) ?? false,
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
  request: { members: ['send', 'body', 'as'], read: readDirectRequest },
}

function readAssign(step: StepFields): Action {
  const who = step.text('who')
  if (step.fields.role === undefined) return { do: 'assign', who }
  const { id, value, displayName } = step.object('role')
  if (typeof id === 'string' && typeof value === 'string' && typeof displayName === 'string')
    return { do: 'assign', who, role: { id, value, displayName } }
  step.wrong('role', 'has to have an id, a value and a displayName.')
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
  const isFit = Array.isArray(members) && members.every(each => typeof each === 'string')
  if (members !== undefined && !isFit) step.wrong('members', 'has to be a list of names.')
  return { do: 'onDemand', who, members: isFit ? members : undefined }
}

function readAdvance(step: StepFields): Action {
  const text = step.text('by')
  const by = readDuration(text)
  if (by === undefined) step.wrong('by', 'has to be a duration such as 40m, 6h or 30d.')
  return { do: 'advance', by: by ?? 0 }
}
