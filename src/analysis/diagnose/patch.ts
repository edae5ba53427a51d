import { isObject } from '../../scim/json.ts'
import type { Diagnosis } from './diagnosis.ts'
import { inConnection, inUserMapping, sources, withFlag } from './entra-pages.ts'
import type { SentOperation } from './written.ts'

/** So often in a row the same PATCH is odd. */
const oddlyOften = 3

const isCapitalised = ({ op }: SentOperation) => op !== op.toLowerCase()

const removesByValue = ({ op, path, value }: SentOperation) =>
  op.toLowerCase() === 'remove' && path !== undefined && Array.isArray(value) && value.length > 0

const dottedNames = ({ path, value }: SentOperation): readonly string[] =>
  path === undefined && isObject(value)
    ? Object.keys(value).filter(name => /^[a-z]\w*\.\w|\[/i.test(name))
    : []

const isBareManager = ({ path, value }: SentOperation) =>
  path !== undefined && /(^|:)manager$/i.test(path) && typeof value === 'string' && value !== ''

/** Where a PATCH isn't as RFC 7644 §3.5.2 has it, or does nothing new. */
export const patchDiagnoses: readonly Diagnosis[] = [
  {
    id: 'client/capitalised-operations',
    severity: 'note',
    title: 'PATCH operations in capitals',
    reason:
      'By default Entra writes Add, Replace and Remove, where SCIM has add, replace and remove. AWS and this server read both.',
    mend: `Nothing for AWS. Elsewhere: ${withFlag}`,
    source: sources.compatibility,
    basis: 'documented',
    seenIn: ({ operations }) => {
      const found = operations.find(isCapitalised)
      return found && `An operation says "${found.op.slice(0, 20)}".`
    },
  },
  {
    id: 'client/removal-by-value',
    severity: 'note',
    title: 'Members are removed by value',
    reason:
      'By default Entra lists in the value who is to leave a group. AWS means it so, and takes it so; a server that reads RFC 7644 to the letter empties the whole group.',
    mend: `Nothing for AWS. Elsewhere: ${withFlag}`,
    source: sources.compatibility,
    basis: 'documented',
    seenIn: ({ operations }) => {
      const found = operations.find(removesByValue)
      return (
        found &&
        `An operation removes ${Array.isArray(found.value) ? found.value.length : 0} of the values by listing them.`
      )
    },
  },
  {
    id: 'client/dotted-names',
    severity: 'note',
    title: 'Dotted names in a PATCH without a path',
    reason:
      'With the flag aadOptscim062020 Entra puts several attributes into one operation without a path, with names such as name.givenName. RFC 7644 knows no such names, and AWS refuses an operation without a path that changes more than one attribute.',
    mend: inConnection('for AWS take ?aadOptscim062020 out of the Tenant URL.'),
    source: sources.compatibility,
    basis: 'documented',
    seenIn: ({ operations }) => {
      const names = operations.flatMap(dottedNames)
      return names.length === 0
        ? undefined
        : `An operation without a path has ${names.length} dotted ${names.length === 1 ? 'name' : 'names'}.`
    },
  },
  {
    id: 'client/manager-as-text',
    severity: 'note',
    title: 'The manager is sent as a bare id',
    reason:
      'SCIM has an object there, with the id as its value. Entra sends the id alone, with its flag as without it; AWS reads both, and a server that keeps to the letter refuses the id.',
    mend: `Nothing for AWS. Elsewhere: ${inUserMapping('delete the mapping to manager if the target refuses it.')}`,
    source: 'https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/686',
    basis: 'observed',
    seenIn: ({ operations }) =>
      operations.some(isBareManager) ? 'The manager is a text instead of an object.' : undefined,
  },
  {
    id: 'client/same-patch-again',
    severity: 'warning',
    title: 'The same PATCH again and again',
    reason:
      'It was taken each time and changed nothing any more. The client doesn’t find what it has written when it reads the resource again: the attribute isn’t kept or comes back differently.',
    mend: 'Look at what the GET before the PATCH answers for the attribute, and compare it with what is sent. In Entra, delete the mapping to an attribute that the target doesn’t keep.',
    source: sources.howItWorks,
    basis: 'inferred',
    seenIn: ({ timesSent }) =>
      timesSent >= oddlyOften ? `This PATCH was sent ${timesSent} times in a row.` : undefined,
  },
]
