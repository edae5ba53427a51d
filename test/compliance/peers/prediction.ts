import { entraVerdict } from '../../../scim-compliance/checks/entra/verdict.ts'
import type { EvaluatedRun } from '../../../scim-compliance/grade/verdict.ts'
import { isSelected } from '../../../scim-compliance/run/select.ts'
import type { Effects } from './job.ts'

const noUpdates = /^Users aren’t updated/

/** Sentences of the report for each deviation. */
const sentences: Readonly<Record<string, readonly RegExp[]>> = {
  users: [/^No user is created/],
  active: [/^Disabled users stay active/, noUpdates],
  titles: [/^Replace doesn’t change title/, noUpdates],
  names: [/^Replace doesn’t change name.givenName/, noUpdates],
  userNames: [/^Users whose name changes/, noUpdates],
  phones: [/^Add doesn’t set phoneNumbers\[type eq "mobile"\].value/, noUpdates],
  departments: [
    /^Replace doesn’t change \S+:department/,
    /^Add doesn’t set phoneNumbers\[type eq "mobile"\].*the whole request fails/,
    noUpdates,
  ],
  managers: [/^Managers aren’t/, noUpdates],
  'managers removed': [/^Users keep a former manager/, /^Clearing the manager leaves/],
  groups: [/^No group is created/],
  'group names': [/^Groups keep their previous name/, noUpdates],
  members: [/^Memberships aren’t written/, /^Removing /, noUpdates],
  'deleted members': [/^Groups contain members that don’t exist/],
  'deleted users': [/^Deleted users remain/],
  'deleted groups': [/^Deleted groups remain/],
}

/** The checks of a prediction: all requests of a job with these edits, all that a verdict requires, and variants. */
export const predictingChecks: readonly string[] = [
  'entra/probe',
  'entra/look-up',
  'entra/create/',
  'entra/disable/',
  'entra/manager/',
  'entra/delete/',
  ...['documented-body', 'look-up', 'rename'].map(id => `entra/groups/${id}`),
  ...['add-one', 'flag-add', 'remove-listed', 'flag-remove'].map(id => `entra/members/${id}`),
  ...['rename', 'flag-replace-merged', 'add-mobile-phone'].map(id => `entra/update/${id}`),
  ...['displayName', 'title', 'name-givenname', 'enterprise-department'].map(
    id => `entra/update/replace-${id}`,
  ),
]

export type Predicted = {
  /** The summary of the report. */
  readonly words: string
  readonly effects: Effects
}

/** The effects according to the report of a run of the suite. */
export function predict({ outcomes, ...run }: EvaluatedRun): Predicted {
  const only = { as: ['entra'], only: predictingChecks, skip: [] } as const
  const { summary = '', because = [] } =
    entraVerdict({ ...run, outcomes: outcomes.filter(({ check }) => isSelected(check.id, only)) }) ?? {}
  const usual = because.filter(line => !line.startsWith('If '))
  const isReported = (patterns: readonly RegExp[]) =>
    patterns.some(pattern => usual.some(line => pattern.test(line)))
  const isQuarantined = /^Would quarantine the job\. As soon as the server has a user/.test(summary)
  const effects = isQuarantined
    ? { quarantine: 'as soon as the server has a user' }
    : {
        quarantine: /quarantine/.test(summary) ? summary : 'never',
        retries: usual.some(line => line.includes('(escrow)')) || isReported([/^No group is created/]),
        wrong: Object.keys(sentences).filter(name => isReported(sentences[name] ?? [])),
      }
  return { words: summary, effects }
}
