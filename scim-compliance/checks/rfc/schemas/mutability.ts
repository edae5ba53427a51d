import type { Check } from '../../../check.ts'
import type { Stage } from '../../../stage.ts'
import { fitting, type Kind, kinds } from '../../tools/kinds.ts'
import { expectNone, filled, isFree, type Place, sampleAt, valuesAtPlace } from '../../tools/places.ts'
import { checksOf } from '../checks-of.ts'
import { advertisedArea } from './areas.ts'
import { ignoredOnPost, ignoredOnPut, refusedOnPatch } from './read-only.ts'
import { minimal, required } from './required.ts'
import { isWhole, isWritten } from './whole-places.ts'

const isShown = ({ attribute: { returned } }: Place): boolean => ['always', 'default'].includes(returned)

async function writable(stage: Stage, kind: Kind): Promise<void> {
  const fits = (one: Place) => isWhole(one) && isWritten(one) && isShown(one) && isFree(one)
  for (const { type, places } of fitting(stage, kind, fits, 'writable')) {
    const all = await filled(stage, type)
    const faults: string[] = []
    for (const place of places) {
      if (sampleAt(stage, type, place) === undefined) continue
      const takers = all.filter(({ sent }) => valuesAtPlace(sent, place).length > 0)
      if (takers.length === 0) faults.push(`${place.path} is refused`)
      else if (!takers.some(({ answer }) => valuesAtPlace(answer.body, place).length > 0))
        faults.push(`${place.path} isn’t kept`)
    }
    expectNone(faults, `every writable attribute of ${type.name} to be taken and returned`)
  }
}

async function immutable(stage: Stage, kind: Kind): Promise<void> {
  const fits = (one: Place) =>
    one.attribute.mutability === 'immutable' &&
    isWhole(one) &&
    one.schema === undefined &&
    isShown(one) &&
    isFree(one)
  for (const { type, places } of fitting(stage, kind, fits, 'immutable')) {
    const faults: string[] = []
    for (const place of places) {
      const [first, second] = [sampleAt(stage, type, place), sampleAt(stage, type, place)]
      if (first === undefined || second === undefined || String(first) === String(second)) continue
      const { path, sent, body } = await stage.create(type, { [place.attribute.name]: first })
      await stage.put(path, { ...sent, [place.attribute.name]: second })
      const after = await stage.get(path)
      const [before, now] = [valuesAtPlace(body, place), valuesAtPlace(after.body, place)]
      if (before.length > 0 && JSON.stringify(before) !== JSON.stringify(now))
        faults.push(`${place.path} was changed`)
    }
    expectNone(faults, `what is immutable of ${type.name} to stay`)
  }
}

const matters =
  'Clients that are driven by discovery send what the schema allows, and leave out what it doesn’t ask for.'

export const checks: readonly Check[] = checksOf(
  advertisedArea,
  kinds.flatMap(kind => [
    {
      id: `required-${kind.id}`,
      level: 'SHOULD',
      says: `Creating ${kind.words} without an attribute that is advertised as required is refused with 400.`,
      requirements: ['R-064', 'R-152'],
      matters,
      mend: 'Answer 400 when it is missing, or advertise required as false.',
      needs: kind.needs,
      run: stage => required(stage, kind),
    },
    {
      id: `optional-${kind.id}`,
      level: 'SHOULD',
      says: `Creating ${kind.words} needs no attributes but those that are advertised as required.`,
      requirements: ['R-152', 'R-154'],
      matters,
      mend: 'Advertise required as true for what you refuse resources without.',
      needs: kind.needs,
      run: stage => minimal(stage, kind),
    },
    {
      id: `writable-${kind.id}`,
      level: 'SHOULD',
      says: `Attributes of ${kind.words} that are advertised as readWrite are accepted and returned.`,
      requirements: ['R-152', 'R-158'],
      matters,
      mend: 'Take every attribute that the schema has as readWrite, or take it out of the schema.',
      needs: kind.needs,
      run: stage => writable(stage, kind),
    },
    {
      id: `read-only-post-${kind.id}`,
      level: 'MUST',
      says: `Attributes of ${kind.words} that are advertised as readOnly are ignored in POST.`,
      requirements: ['R-059', 'R-085', 'R-152'],
      matters: 'Clients send back what they have read; a refusal loses the whole resource.',
      mend: 'Pass over readOnly attributes in the bodies of POST.',
      needs: kind.needs,
      run: stage => ignoredOnPost(stage, kind),
    },
    {
      id: `read-only-put-${kind.id}`,
      level: 'MUST',
      says: `Attributes of ${kind.words} that are advertised as readOnly are ignored in PUT.`,
      requirements: ['R-059', 'R-163', 'R-152'],
      matters: 'Clients that PUT send the whole resource back as they have read it.',
      mend: 'Pass over readOnly attributes in the bodies of PUT.',
      needs: kind.needs,
      run: stage => ignoredOnPut(stage, kind),
    },
    {
      id: `read-only-patch-${kind.id}`,
      level: 'MUST',
      source: 'RFC 7644 §3.5.2',
      says: `PATCH of an attribute of ${kind.words} that is advertised as readOnly is refused with 400.`,
      requirements: ['R-059', 'R-173', 'R-152'],
      matters: 'The client believes that it has changed it.',
      mend: 'Refuse operations on readOnly attributes with 400 and scimType mutability.',
      needs: [...kind.needs, 'patch'],
      run: stage => refusedOnPatch(stage, kind),
    },
    {
      id: `immutable-${kind.id}`,
      level: 'MUST',
      says: `Attributes of ${kind.words} that are advertised as immutable don’t change once they are set.`,
      requirements: ['R-060', 'R-152'],
      matters: 'Others rely on it to stay.',
      mend: 'Refuse another value for what is immutable, with 400 and scimType mutability.',
      needs: kind.needs,
      run: stage => immutable(stage, kind),
    },
  ]),
)
