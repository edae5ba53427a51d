import type { PreflightFailure } from '../../domain/contract/preflight.ts'
import type { AttributeViolation, BrokenRule } from '../../profiles/profile.ts'
import {
  type Mapping,
  managerTarget,
  matchingAttributes,
  type ObjectMapping,
  parseTargetPath,
} from '../../provisioning/entra/mapping/mapping.ts'
import { currentValues } from '../../provisioning/entra/planning/changes.ts'
import type { ProvisioningEntry } from '../../provisioning/entra/planning/provisioning-log.ts'
import { encodeQuery } from '../../provisioning/entra/planning/target-object.ts'
import type { TargetRequest } from '../../provisioning/kit/target.ts'
import type { ErrorReason } from '../../scim/error.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { excerpt } from '../../scim/text.ts'
import type { Rejection } from './dry-run-target.ts'
import {
  linesFor,
  type ObjectKind,
  plainPath,
  type Remedy,
  remedyForAttribute,
  remedyForCode,
  remedyForError,
  sourceOf,
} from './remedy.ts'

export type DescribedFailure = PreflightFailure & {
  readonly description: string
  readonly violation?: AttributeViolation
}

type Subject = Pick<PreflightFailure, 'type' | 'objectId' | 'name'> & {
  readonly kind: ObjectKind
  readonly mapping: ObjectMapping
}

type FailureContext = {
  readonly mapping: Mapping
  readonly nameOf: (target: string) => string
}

export function failuresOf(
  entry: ProvisioningEntry,
  rejections: readonly Rejection[],
  context: FailureContext,
): readonly DescribedFailure[] {
  const { id, displayName, identityType } = entry.sourceIdentity
  const kind = identityType === 'User' ? 'user' : 'group'
  const subject = {
    type: identityType,
    objectId: id,
    name: displayName,
    kind,
    mapping: context.mapping[`${kind}s`],
  } as const
  return rejections.length === 0
    ? [unsentFailure(subject, entry)]
    : rejections.flatMap(rejection => rejectedFailures(subject, rejection, context))
}

export const probeFailures = (
  rejections: readonly Rejection[],
  context: FailureContext,
): readonly DescribedFailure[] =>
  rejections.flatMap(rejection => {
    const isGroup = rejection.request.path.startsWith('/Groups')
    const kind = isGroup ? 'group' : 'user'
    const subject = { type: isGroup ? 'Group' : 'User', objectId: '', name: '', kind } as const
    return rejectedFailures({ ...subject, mapping: context.mapping[`${kind}s`] }, rejection, context).map(
      failure => ({ ...failure, step: 'probe' as const }),
    )
  })

function unsentFailure(
  { kind: _, mapping, ...subject }: Subject,
  { provisioningStatusInfo, provisioningSteps }: ProvisioningEntry,
): DescribedFailure {
  const { errorCode = '' } = provisioningStatusInfo.errorInformation ?? {}
  const [line] = matchingAttributes(mapping)
  const detail = provisioningSteps.findLast(({ status }) => status === 'failure')?.description ?? ''
  return {
    ...subject,
    step: 'match',
    rule: `entra/${errorCode}`,
    ...(line && { attribute: line.target, source: sourceOf(line) }),
    detail,
    rejects: true,
    description: descriptions[errorCode] ?? detail,
    ...remedyForCode(errorCode),
  }
}

const descriptions: Readonly<Record<string, string>> = {
  MandatoryFieldsMissing: 'The matching attribute has no value.',
  DuplicateSourceEntries: 'Several objects in scope have the same value of the matching attribute.',
  DuplicateTargetEntries: 'Several objects in the target have the same value of the matching attribute.',
}

type Cause = Remedy & {
  readonly rule: string
  readonly description: string
  readonly detail: string
  readonly path?: string
  readonly violation?: AttributeViolation
}

function rejectedFailures(
  { kind, mapping, ...subject }: Subject,
  rejection: Rejection,
  { nameOf }: FailureContext,
): readonly DescribedFailure[] {
  const { request } = rejection
  const step = stepOf(request)
  return causesOf(kind, mapping, rejection).map(({ path, ...cause }, index) => {
    const line = path === undefined ? undefined : lineWithValue(mapping, path, request)
    const value =
      step === 'members' || step === 'manager'
        ? referencedNames(request, nameOf)
        : valueSent(line?.target, request)
    return {
      ...subject,
      step,
      ...compact({ attribute: line?.target ?? path, source: line && sourceOf(line) }),
      ...compact({ value: value === undefined ? undefined : excerpt(value) }),
      ...cause,
      rejects: index === 0,
      ...(index === 0 && { detail: rejection.detail }),
    }
  })
}

function causesOf(
  kind: ObjectKind,
  mapping: ObjectMapping,
  { request, error, detail, rules, decisive }: Rejection,
): readonly Cause[] {
  if (rules.length > 0) {
    return rules.flatMap(rule => causesOfRule(kind, mapping, rule, decisive ?? referencePath(request)))
  }
  const path = error.attribute ?? decisive ?? referencePath(request) ?? searchedPath(mapping, request)
  const line = path === undefined ? undefined : linesFor(mapping, path)[0]
  const rule = error.rule ?? `scim/${error.reason}`
  return [
    {
      rule,
      description: reasons[error.reason] ?? error.detail,
      detail,
      ...compact({ path }),
      ...remedyForError(kind, error.reason, line, error.detail),
    },
  ]
}

const reasons: Readonly<Partial<Record<ErrorReason, string>>> = {
  uniqueness: 'Another user or group that is provisioned before has the same value.',
  noSuchMember:
    'A member is a group, which the service provider does not accept as a member, or is unknown to it.',
  invalidJson: 'The value contains characters that are not allowed in JSON.',
  invalidFilter: 'The service provider rejects the search for the value of the matching attribute.',
  quotaExceeded: 'The service provider has no room for more users or groups.',
}

function causesOfRule(
  kind: ObjectKind,
  mapping: ObjectMapping,
  {
    id: rule,
    description,
    detail,
    remedy: general,
    entraRemedy: remedy = general,
    attributes = [],
  }: BrokenRule,
  otherwise: string | undefined,
): readonly Cause[] {
  const cause = { rule, description, detail }
  if (attributes.length === 0) return [{ ...cause, remedy, ...compact({ path: otherwise }) }]
  const byPath = new Map(attributes.map(violation => [violation.path, violation]))
  return [...byPath.values()].map(violation => ({
    ...cause,
    path: violation.path,
    violation,
    ...remedyForAttribute(kind, violation, mapping, remedy),
  }))
}

const lineWithValue = (mapping: ObjectMapping, path: string, request: TargetRequest) => {
  const lines = linesFor(mapping, path)
  return lines.find(({ target }) => valueSent(target, request) !== undefined) ?? lines[0]
}

function stepOf(request: TargetRequest): PreflightFailure['step'] {
  if (request.method === 'GET') return 'match'
  if (request.method === 'POST') return 'create'
  const path = referencePath(request)
  if (path === undefined) return 'update'
  return path === membersPath ? 'members' : 'manager'
}

const membersPath = 'members'

function referencePath({ body }: TargetRequest): string | undefined {
  const paths = operationsIn(body).map(({ path }) => (typeof path === 'string' ? path.toLowerCase() : ''))
  if (paths.some(path => path.startsWith(membersPath))) return membersPath
  return paths.some(path => path.endsWith(':manager') || path.startsWith('manager'))
    ? managerTarget.text
    : undefined
}

const filterOf = (target: string) => `filter=${encodeQuery(`${target} eq `)}`

const searchedPath = (mapping: ObjectMapping, { method, path }: TargetRequest): string | undefined =>
  method === 'GET'
    ? matchingAttributes(mapping)
        .filter(({ target }) => path.includes(filterOf(target)))
        .map(({ target }) => plainPath(target))[0]
    : undefined

function valueSent(target: string | undefined, { method, path, body }: TargetRequest): string | undefined {
  if (target === undefined) return undefined
  if (method === 'GET') return searchedValue(path, target)
  if (!isObject(body)) return undefined
  const [value] =
    method === 'POST'
      ? currentValues(body, parseTargetPath(target))
      : operationsIn(body).flatMap(operation => valuesIn(operation, target))
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The filter compares with a JSON string (RFC 7644 §3.4.2.2). */
function searchedValue(path: string, target: string): string | undefined {
  const at = path.indexOf(filterOf(target))
  if (at < 0) return undefined
  const [encoded = ''] = path.slice(at + filterOf(target).length).split('&', 1)
  const value: unknown = JSON.parse(decodeURIComponent(encoded.replaceAll('+', ' ')))
  return typeof value === 'string' ? value : undefined
}

function operationsIn(body: Json | undefined): readonly JsonObject[] {
  const operations = isObject(body) ? body.Operations : undefined
  return Array.isArray(operations) ? operations.filter(isObject) : []
}

function valuesIn({ path, value }: JsonObject, target: string): readonly Json[] {
  if (path === undefined) return isObject(value) ? [value[target]].filter(one => one !== undefined) : []
  return path === target && value !== undefined ? [value] : []
}

function referencedNames({ body }: TargetRequest, nameOf: (target: string) => string): string {
  const ids = operationsIn(body).flatMap(({ path, value }) => idsIn(value ?? path ?? null))
  return ids.map(nameOf).join(', ')
}

function idsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [/^[^[]*\[value eq "(.*)"\]/.exec(value)?.[1] ?? value]
  if (Array.isArray(value)) return value.flatMap(idsIn)
  return isObject(value) ? idsIn(value.value ?? null) : []
}
