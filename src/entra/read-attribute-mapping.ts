import { parseExpression } from './expression.ts'
import type { AttributeMapping } from './mapping.ts'
import type { Fields, MistakeList } from './mapping-fields.ts'
import { parseTarget } from './target-path.ts'

/** Reads one line of a mapping; undefined where it can't be read, which is then among the mistakes. */
export function readAttribute(
  given: unknown,
  place: string,
  mistakes: MistakeList,
): AttributeMapping | undefined {
  const known = ['source', 'target', 'matching', 'default', 'flow', 'reference']
  const fields = mistakes.fieldsOf(given, place, known)
  if (!fields) return undefined
  const written = mistakes.text(fields, 'source', place, 'needed')
  const target = mistakes.text(fields, 'target', place, 'needed')
  const source =
    written === undefined
      ? undefined
      : mistakes.reading(`${place}.source`, () => parseExpression(inBrackets(written)))
  const path =
    target === undefined ? undefined : mistakes.reading(`${place}.target`, () => parseTarget(target))
  const matching = readMatching(fields, place, mistakes)
  const otherwise = mistakes.text(fields, 'default', place, 'optional')
  const flow = readFlow(fields, place, mistakes)
  const isReference =
    mistakes.boolean(fields, 'reference', place) ??
    (source?.kind === 'attribute' && /^(manager|members)$/i.test(source.name))
  if (isReference && matching !== undefined) {
    mistakes.add(`${place}.matching`, 'is for plain values; objects are not matched by a reference.')
  }
  if (source === undefined || written === undefined || path === undefined) return undefined
  return {
    source,
    written,
    target: path.text,
    ...(matching !== undefined && { matching }),
    ...(otherwise !== undefined && { otherwise }),
    flow,
    ...(isReference && { reference: true as const }),
  }
}

/** A bare name is that of an attribute. */
const inBrackets = (written: string) =>
  /^[A-Za-z_]\w*$/.test(written.trim()) ? `[${written.trim()}]` : written

function readMatching(fields: Fields, place: string, mistakes: MistakeList): number | undefined {
  const { matching } = fields
  if (
    matching === undefined ||
    (typeof matching === 'number' && Number.isInteger(matching) && matching > 0)
  ) {
    return matching
  }
  mistakes.add(
    `${place}.matching`,
    'is the matching precedence: a whole number, 1 for what is looked up first.',
  )
  return undefined
}

function readFlow(
  { flow = 'always' }: Fields,
  place: string,
  mistakes: MistakeList,
): AttributeMapping['flow'] {
  if (flow === 'always' || flow === 'onCreate') return flow
  mistakes.add(`${place}.flow`, 'should be "always" or "onCreate".')
  return 'always'
}
