import type { Check } from '../../../check.ts'
import type { Stage } from '../../../stage.ts'
import { type Kind, kinds } from '../../tools/kinds.ts'
import { checksOf, type Own } from '../checks-of.ts'
import { advertisedArea } from './areas.ts'
import { always, byDefault, never, onRequest } from './returned.ts'
import { caseKept, known, plural, typed } from './shapes.ts'

/** A check of each kind of type, which `#` stands for. */
type Row = Pick<Own, 'id' | 'level' | 'says' | 'matters' | 'mend'> & {
  readonly requirements: readonly string[]
  readonly run: (stage: Stage, kind: Kind) => Promise<void>
}

const rows: readonly Row[] = [
  {
    id: 'always',
    level: 'MUST',
    says: 'excludedAttributes has no effect on attributes of # whose returned is always.',
    requirements: ['R-056', 'R-140', 'R-152'],
    matters: 'Clients leave out what they don’t need, and still rely on the id.',
    mend: 'Pass over names in excludedAttributes that are always returned.',
    run: always,
  },
  {
    id: 'never',
    level: 'SHOULD',
    says: 'Attributes of # whose returned is never aren’t returned, not even when attributes names them.',
    requirements: ['R-057', 'R-061', 'R-152'],
    matters: 'What is never returned is a secret.',
    mend: 'Take attributes with returned never out of every representation.',
    run: never,
  },
  {
    id: 'request',
    level: 'SHOULD',
    says: 'Attributes of # whose returned is request are returned when attributes names them, and only then.',
    requirements: ['R-058', 'R-152'],
    matters: 'Clients don’t expect what they didn’t ask for, and it costs time.',
    mend: 'Add these attributes when they are named in attributes.',
    run: onRequest,
  },
  {
    id: 'default',
    level: 'MUST',
    says: 'excludedAttributes removes attributes of # whose returned is default.',
    requirements: ['R-058', 'R-139', 'R-152'],
    matters:
      'What a client leaves out is often large, as the members of a group are; it would be sent in every answer.',
    mend: 'Honour excludedAttributes.',
    run: byDefault,
  },
  {
    id: 'types',
    level: 'SHOULD',
    says: 'Values in # have the types that the schemas advertise.',
    requirements: ['R-030', 'R-031', 'R-032', 'R-033', 'R-152'],
    matters: 'Typed clients fail to read the whole resource.',
    mend: 'Write values as the schema says: booleans without quotes, dates as xsd:dateTime.',
    run: typed,
  },
  {
    id: 'plural',
    level: 'SHOULD',
    says: 'Attributes of # that are advertised as multiValued are arrays, and no others are.',
    requirements: ['R-152'],
    matters: 'Typed clients fail to read the whole resource.',
    mend: 'Return an array even when there is one value, and none for single attributes.',
    run: plural,
  },
  {
    id: 'complete',
    level: 'SHOULD',
    says: 'Every attribute that # are returned with is in the schemas.',
    requirements: ['R-152', 'R-054'],
    matters: 'Clients that are driven by discovery pass it over.',
    mend: 'Add it to the schema, or don’t return it.',
    run: known,
  },
  {
    id: 'case-kept',
    level: 'MUST',
    says: 'Values of # that are advertised as caseExact are returned exactly as they were sent.',
    requirements: ['R-062', 'R-152'],
    matters: 'What differs in case only is different there: ids, tokens, references.',
    mend: 'Store such values as they are.',
    run: caseKept,
  },
]

export const checks: readonly Check[] = checksOf(
  advertisedArea,
  rows.flatMap(({ id, level, says, requirements, matters, mend, run }) =>
    kinds.map(kind => ({
      id: `${id}-${kind.id}`,
      level,
      says: says.replace('#', kind.words),
      requirements,
      matters,
      mend,
      needs: kind.needs,
      run: (stage: Stage) => run(stage, kind),
    })),
  ),
)
