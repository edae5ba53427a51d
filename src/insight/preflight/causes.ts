import type { PreflightCause } from '../../domain/contract/preflight.ts'
import type { Mapping } from '../../provisioning/entra/mapping/mapping.ts'
import type { DescribedFailure } from './failures.ts'
import { remedyForAttribute } from './remedy.ts'

type Group = { readonly first: DescribedFailure; readonly objects: Set<string>; characters: string }

export function summarizeCauses(failures: readonly DescribedFailure[], mapping: Mapping): PreflightCause[] {
  const groups = new Map<string, Group>()
  for (const failure of failures) {
    const { type, step, rule, attribute } = failure
    const key = JSON.stringify([type, step, rule, attribute, failure.violation?.kind])
    const group = groups.get(key) ?? { first: failure, objects: new Set(), characters: '' }
    groups.set(key, group)
    group.objects.add(failure.objectId)
    group.characters = unionOf(group.characters, failure.violation?.characters ?? '')
  }
  return [...groups.values()]
    .map(group => toCause(group, mapping))
    .sort((one, other) => other.count - one.count)
}

const unionOf = (characters: string, more: string): string => [...new Set(characters + more)].join('')

function toCause({ first, objects, characters }: Group, mapping: Mapping): PreflightCause {
  const { type, step, rule, attribute, source, description, violation, remedy, fix } = first
  const kind = type === 'User' ? 'user' : 'group'
  const covering = violation?.characters
    ? remedyForAttribute(kind, { ...violation, characters }, mapping[`${kind}s`], remedy)
    : { remedy, fix }
  return {
    type,
    step,
    rule,
    ...(attribute !== undefined && { attribute }),
    ...(source !== undefined && { source }),
    description,
    count: objects.size,
    remedy: covering.remedy,
    ...(covering.fix && { fix: covering.fix }),
  }
}
