import { formatDuration } from '../../domain/duration.ts'
import type { CycleReport } from '../entra/job/cycle-report.ts'
import type { Action, Fault, TokenFault } from './scenario.ts'

export function describeAction(action: Action): string {
  switch (action.do) {
    case 'disable':
      return `The account of ${action.who} is disabled.`
    case 'enable':
      return `The account of ${action.who} is enabled.`
    case 'delete':
      return `${action.who} is deleted; users can be restored for 30 days.`
    case 'purge':
      return `${action.who} is permanently deleted.`
    case 'restore':
      return `${action.who} is restored.`
    case 'assign':
      return `${action.who} is assigned to the application${action.role ? ` as ${action.role.displayName}` : ''}.`
    case 'unassign':
      return `${action.who} is no longer assigned to the application.`
    case 'change':
      return `${action.who}: ${describeChanges(action.attributes)}.`
    case 'addUser':
      return `A user is added: ${String(action.user.userPrincipalName)}.`
    case 'addGroup':
      return `A group is added: ${String(action.group.displayName)}.`
    case 'addMember':
      return `${action.who} is added to the group ${action.group}.`
    case 'removeMember':
      return `${action.who} is removed from the group ${action.group}.`
    case 'setManager':
      return action.manager === undefined
        ? `The manager of ${action.who} is cleared.`
        : `The manager of ${action.who} is set to ${action.manager}.`
    case 'advance':
      return describeTime(formatDuration(action.by))
    case 'cycle':
      return 'A provisioning cycle runs.'
    case 'onDemand':
      return `${action.who} is provisioned on demand.`
    case 'restart':
      return `Provisioning is restarted${action.full ? ' and the links are cleared' : ''}.`
    case 'allowDeletions':
      return 'An administrator allows the held deletions.'
    case 'fail':
      return describeFault(action.fault)
    case 'expireToken':
      return action.after === 0
        ? 'The token expires.'
        : `The token expires after ${counted(action.after, 'more request')}.`
    case 'renewToken':
      return 'The token of the job is replaced.'
    case 'failTokenRequests':
      return describeTokenFault(action.fault)
    case 'expireSecret':
      return 'The client secret expires.'
    case 'renewSecret':
      return 'The client secret of the job is replaced.'
    case 'createSecret':
      return 'The job is given a second client secret.'
    case 'deleteOldSecrets':
      return 'The old client secret is deleted.'
    case 'rotateKeys':
      return 'Entra signs its tokens with a new key.'
    case 'request':
      return `Another client sends ${action.request.method} ${action.request.path}.`
  }
}

const describeTime = (duration: string) => `${duration} ${duration.startsWith('1 ') ? 'passes' : 'pass'}.`

const describeChanges = (attributes: object) =>
  Object.entries(attributes)
    .map(([name, value]) =>
      value === null || value === '' ? `${name} is cleared` : `${name} changes to ${JSON.stringify(value)}`,
    )
    .join(', ')

function describeFault({ with: fault, next, on }: Fault): string {
  const pattern = on ? `${on.method} ${on.path}` : undefined
  const requests =
    next === 1
      ? `The next ${pattern ?? 'request'}`
      : `The next ${next} ${pattern ? `${pattern} requests` : 'requests'}`
  const verb = (singular: string, plural: string) => `${requests} ${next === 1 ? singular : plural}`
  switch (fault) {
    case 'timeout':
      return `${verb('times', 'time')} out.`
    case 'connection':
      return `${verb('fails', 'fail')}: connection refused.`
    case 'html':
      return `${verb('returns', 'return')} a web page.`
    case 'duplicate':
      return `${verb('returns', 'return')} each resource twice.`
    case 429:
      return `${verb('returns', 'return')} 429 Too Many Requests.`
    default:
      return `${verb('returns', 'return')} status ${fault}.`
  }
}

function describeTokenFault({ with: fault, next }: TokenFault): string {
  const requests = next === 1 ? 'The next token request' : `The next ${next} token requests`
  const verb = (singular: string, plural: string) => `${requests} ${next === 1 ? singular : plural}`
  if (fault === 'timeout') return `${verb('times', 'time')} out.`
  if (fault === 'connection') return `${verb('fails', 'fail')}: connection refused.`
  return `${verb('returns', 'return')} status ${fault}.`
}

const names = {
  created: 'created',
  matched: 'matched',
  updated: 'updated',
  disabled: 'disabled',
  deleted: 'deleted',
  stagedDeletes: 'held',
  failed: 'failed',
  membersAdded: 'member added',
  membersRemoved: 'member removed',
  managersSet: 'manager set',
} as const

export function describeCycle({ kind, ending, requests, writes, counts, quarantine }: CycleReport): string {
  const done = Object.entries(names).flatMap(([name, word]) => {
    const count = counts[name as keyof typeof names]
    return count > 0 ? [`${count} ${count === 1 ? word : word.replace(/^(member|manager) /, '$1s ')}`] : []
  })
  const changes = done.length > 0 ? done.join(', ') : 'no changes'
  const sent = `${counted(requests, 'request')}, ${counted(writes, 'write')}`
  const end = ending === 'quarantined' ? ` The job is in quarantine: ${quarantine?.reason}.` : ''
  return `${kind === 'initial' ? 'The initial' : 'An incremental'} cycle ${endings[ending]}: ${changes} (${sent}).${end}`
}

const endings = {
  completed: 'ran',
  stopped: 'was stopped',
  quarantined: 'ended early',
  waiting: 'did not run',
  disabled: 'did not run',
} as const

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
