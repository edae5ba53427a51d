import type { Check } from '../../../check.ts'
import { skip } from '../../../expect.ts'
import type { Json } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { fitting, type Kind, kinds } from '../../tools/kinds.ts'
import { bodyWith, expectNone, isFree, isText, type Place, valuesAtPlace } from '../../tools/places.ts'
import { posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { advertisedArea } from './areas.ts'
import { searched } from './case-in-filters.ts'
import { notUnique, unique } from './uniqueness.ts'

/** A value that isn’t among the canonical ones is kept: they are what is usual, not all there is. */
async function beyondCanonical(stage: Stage, kind: Kind): Promise<void> {
  const fits = (one: Place) =>
    isText(one.attribute) &&
    one.attribute.canonicalValues.length > 0 &&
    one.attribute.mutability !== 'readOnly' &&
    isFree(one)
  for (const { type, places } of fitting(stage, kind, fits, 'having canonicalValues')) {
    const faults: string[] = []
    for (const place of places) {
      const value: Json = place.attribute.multiValued ? ['scimcheck'] : 'scimcheck'
      const answer = await posted(stage, type, bodyWith(stage, type, place, value))
      if (answer.status !== 201) faults.push(`${place.path} is refused with ${answer.status}`)
      else if (!valuesAtPlace(answer.body, place).includes('scimcheck'))
        faults.push(`${place.path} isn’t kept`)
    }
    expectNone(faults, `values of ${type.name} beside the canonical ones to be kept`)
  }
}

const filters = (stage: Stage): void => {
  if (!stage.service.offers.filter) skip('The server doesn’t advertise filters.')
}

export const checks: readonly Check[] = checksOf(
  advertisedArea,
  kinds.flatMap(kind => [
    {
      id: `unique-${kind.id}`,
      level: 'SHOULD',
      says: `Attributes of ${kind.words} that are advertised as unique are unique: a second resource with the value is refused with 409.`,
      requirements: ['R-063', 'R-152'],
      matters: 'Clients rely on 409 to find who has the value already.',
      mend: 'Answer 409 to a second one, or advertise uniqueness as none.',
      needs: kind.needs,
      run: stage => unique(stage, kind),
    },
    {
      id: `not-unique-${kind.id}`,
      level: 'practice',
      says: `Attributes of ${kind.words} that aren’t advertised as unique may have the same value twice.${
        kind.id === 'groups'
          ? ' Entra ID relies on the contrary for displayName: entra/groups/twice-is-409.'
          : ''
      }`,
      requirements: ['R-152'],
      matters: 'A client that was told so doesn’t see why it is refused, and tries again in every cycle.',
      mend: 'Advertise uniqueness as server for what you answer 409 to.',
      needs: kind.needs,
      run: stage => notUnique(stage, kind),
    },
    {
      id: `case-ignored-${kind.id}`,
      level: 'MUST',
      source: 'RFC 7643 §2.2, §7, RFC 7644 §3.4.2.2',
      says: `Filters on attributes of ${kind.words} that aren’t advertised as caseExact ignore case.`,
      requirements: ['R-110', 'R-152'],
      matters: 'Clients look up what people typed; what they don’t find they make again.',
      mend: 'Compare without case in filters, or advertise caseExact as true.',
      needs: [...kind.needs, 'filter'],
      run: async stage => {
        filters(stage)
        await searched(stage, kind, false)
      },
    },
    {
      id: `case-exact-${kind.id}`,
      level: 'MUST',
      source: 'RFC 7643 §2.2, §7, RFC 7644 §3.4.2.2',
      says: `Filters on attributes of ${kind.words} that are advertised as caseExact respect case.`,
      requirements: ['R-110', 'R-152'],
      matters: 'Two that differ in case only would be taken for one.',
      mend: 'Compare exactly in filters, or advertise caseExact as false.',
      needs: [...kind.needs, 'filter'],
      run: async stage => {
        filters(stage)
        await searched(stage, kind, true)
      },
    },
    {
      id: `canonical-${kind.id}`,
      level: 'MAY',
      says: `Values of ${kind.words} other than the advertised canonicalValues are accepted and returned.`,
      requirements: ['R-065'],
      matters: 'Clients have types of their own, such as a second work address.',
      mend: 'Take canonicalValues for what is usual, not for all there is.',
      needs: kind.needs,
      run: stage => beyondCanonical(stage, kind),
    },
  ]),
)
