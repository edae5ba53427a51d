import type { OktaState } from '../../../provisioning/okta/job/changes.ts'
import { groupsToPushAgain, type TaskView } from '../../../provisioning/okta/job/job.ts'
import type { Report } from '../../../provisioning/okta/job/run.ts'
import { formatCount, printable } from '../output.ts'

const maxShown = 5

export function formatReport(report: Report, tasks: readonly TaskView[], state: OktaState): string {
  const shown = tasks.slice(0, maxShown).map(({ sentence }) => `  ${printable(sentence)}`)
  const again = groupsToPushAgain(state)
  return [
    summaryOf(report),
    ...(tasks.length > 0 ? [`${formatCount(tasks.length, 'task')}:`, ...shown] : []),
    ...(tasks.length > maxShown
      ? [`  … and ${tasks.length - maxShown} more. Run \`scimulator okta tasks\` to list them.`]
      : []),
    ...(tasks.length > 0 ? ['Once the cause is fixed, run `scimulator okta retry`.'] : []),
    ...(report.leftOut > 0
      ? [`${formatCount(report.leftOut, 'member')} left out: only users with an active account are pushed.`]
      : []),
    ...(again.length > 0
      ? [`Members were left out who have an account now. Push again: ${again.map(printable).join(', ')}.`]
      : []),
  ]
    .map(line => `${line}\n`)
    .join('')
}

function summaryOf({ ending, requests, users, groups, pauses, ...counts }: Report): string {
  const parts = [
    ...Object.entries(users).map(([effect, count]) => [count, `user`, effect] as const),
    ...Object.entries(groups).map(([effect, count]) => [count, 'group', effect] as const),
    [counts.membersAdded, 'member', 'added'] as const,
    [counts.membersRemoved, 'member', 'removed'] as const,
    [counts.failed, 'change', 'failed'] as const,
    [pauses, 'pause', 'after a 429'] as const,
  ].flatMap(([count, noun, what]) => (count > 0 ? [`${formatCount(count, noun)} ${what}`] : []))
  const done = parts.length > 0 ? parts.join(', ') : 'No changes'
  return `${ending === 'stopped' ? 'Stopped: ' : ''}${done} (${formatCount(requests, 'request')}).`
}
