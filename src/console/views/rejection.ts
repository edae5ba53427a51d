import type { Rejection } from '../../domain/contract/explanation.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { clientOfNotes } from '../../domain/ports/analysis.ts'
import { getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'
import { textsFor } from '../../insight/analysis/diagnosis/finding-texts.ts'
import { codePoint } from '../../insight/analysis/explanation/characters.ts'
import type {
  Rejection as ExplainedRejection,
  RejectedAttribute,
} from '../../insight/analysis/explanation/rejection.ts'
import { entraSetupOf } from '../../insight/preflight/entra-setup.ts'
import {
  linesFor,
  type ObjectKind,
  remedyForAttribute,
  remedyForError,
} from '../../insight/preflight/remedy.ts'
import { compact } from '../../scim/json.ts'

export const viewRejection = (exchange: Exchange, rejection: ExplainedRejection): Rejection => {
  const { profile, isTenantProfile, summary, rule, attributes } = rejection
  const kind = rule && getFindingKind(rule.id)
  return {
    profile,
    isTenantProfile,
    summary,
    ...(rule && {
      rule: rule.id,
      remedy: kind ? textsFor(kind, exchange.notes && clientOfNotes(exchange.notes)).remedy : rule.remedy,
    }),
    attributes: attributes.map(attribute => {
      const { characters, pointers, ...rest } = attribute
      return {
        ...rest,
        ...compact({ characters: characters === undefined ? undefined : [...characters].map(codePoint) }),
        pointers: [...pointers],
        remedy: mappingRemedy(exchange, rejection, attribute) ?? requestRemedy(attribute),
      }
    }),
  }
}

const objectKinds: Readonly<Record<string, ObjectKind>> = { User: 'user', Group: 'group' }

function mappingRemedy(
  { target, notes }: Exchange,
  { profile, rule }: ExplainedRejection,
  { kind: violation, ...attribute }: RejectedAttribute,
): string | undefined {
  const kind = objectKinds[target?.type ?? '']
  if (!kind || (notes?.client !== 'entra' && notes?.client !== 'sample')) return undefined
  const mapping = entraSetupOf(profile).mapping[`${kind}s`]
  if (violation === 'taken')
    return remedyForError(kind, 'uniqueness', linesFor(mapping, attribute.path)[0], '').remedy
  return (
    rule &&
    remedyForAttribute(kind, { ...attribute, kind: violation }, mapping, rule.entraRemedy ?? rule.remedy)
      .remedy
  )
}

function requestRemedy({ path, kind, maximum, characters = '' }: RejectedAttribute): string {
  switch (kind) {
    case 'missing':
      return `Send a value for \`${path}\`.`
    case 'empty':
      return `Omit \`${path}\`, or send null, if there is no value.`
    case 'too-long':
      return `Shorten \`${path}\`${maximum === undefined ? '' : ` to at most ${maximum} characters`}.`
    case 'characters':
      return `Remove ${[...characters].map(codePoint).join(', ')} from \`${path}\`.`
    case 'too-many':
      return `Send one value of \`${path}\`.`
    case 'reserved':
      return `Choose another \`${path}\`.`
    case 'unsupported':
      return `Omit \`${path}\`.`
    case 'taken':
      return `Send a value of \`${path}\` that no other resource has.`
  }
}
