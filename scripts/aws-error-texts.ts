import type { ApiError } from '../src/aws-api/api-error.ts'
import { scimErrorCodes } from '../src/aws-api/cloudtrail.ts'
import { refusals, toApiError } from '../src/aws-api/http/errors.ts'
import { unknownOperation } from '../src/aws-api/http/target.ts'
import { errors as identityStore } from '../src/aws-api/identity-store/errors.ts'
import { identityStoreRules } from '../src/aws-api/identity-store/rules.ts'
import { type ApiRule, apiRules } from '../src/aws-api/rules.ts'
import { inputErrors } from '../src/aws-api/shape.ts'
import { ssoAdminErrors as ssoAdmin } from '../src/aws-api/sso-admin/errors.ts'
import { ssoAdminRules } from '../src/aws-api/sso-admin/rules.ts'
import { UnavailableError } from '../src/domain/ports/database.ts'
import { getFindingKind } from '../src/insight/analysis/diagnosis/diagnose.ts'
import { loadProfile } from '../src/profiles/registry.ts'
import { errors, type ScimError } from '../src/scim/error.ts'
import { refusalError } from '../src/scim-api/http/receive.ts'
import { check, pairs } from '../test/unit/profiles/aws-samples.ts'

/** `page` is the page of the cause, below `docs`. */
type Cause = { readonly id: string; readonly text: string; readonly remedy: string; readonly page: string }

export type ErrorText = {
  /** The name of the error: in the response of the AWS APIs, and in CloudTrail for SCIM. */
  readonly name: string
  readonly api: 'scim' | 'aws'
  readonly status: number
  readonly text: string
  readonly causes: readonly Cause[]
}

const { rules, responses } = loadProfile('aws')

const causeOfFinding = (id: string): Cause => {
  const kind = getFindingKind(id)
  if (!kind) throw new Error(`There is no finding ${id}.`)
  return { id, text: kind.title, remedy: kind.remedy, page: `findings/${id}.md` }
}

const statuses = new Map(
  Object.values(rules).flatMap((list: readonly { readonly id: string; readonly status?: number }[]) =>
    list.map(({ id, status = 400 }) => [id, status] as const),
  ),
)

/** The response of AWS's SCIM endpoint to the request that a test has for each rule. */
const ofRules = Object.entries(pairs).flatMap(([rule, { breaks, switches }]) =>
  check(breaks, switches).map(({ id, detail }) => toScimText(statuses.get(id) ?? 400, detail, [rule])),
)

/** The text that a rule of the profile `aws` responds with. */
export const textOfRule = (rule: string): ErrorText | undefined =>
  ofRules.find(({ causes }) => causes.some(({ id }) => id === rule))

const tokenFindings = [
  'client/token-missing',
  'client/token-unknown',
  'client/token-expired',
  'client/token-deleted',
  'client/token-other-tenant',
  'client/token-without-scheme',
  'client/secret-token-empty',
  'client/jwt-not-offered',
]

const ofScim: readonly (readonly [ScimError, readonly string[]])[] = [
  [errors.invalidJson(''), ['client/refused']],
  [refusalError('unknown', 'POST'), tokenFindings],
  [refusalError('read-only', 'POST'), ['client/token-read-only']],
  [errors.noSuchResource('User', ''), ['client/missing-resource', 'aws/unknown-member']],
  [errors.noSuchResource('Group', ''), ['client/missing-resource']],
  [errors.uniqueness('userName', 'User'), ['client/duplicate', 'aws/taken']],
  [errors.throttled('Rate exceeded'), ['client/throttled']],
  [errors.internal(), ['client/server-error']],
]

function toScimText(status: number, text: string, findings: readonly string[]): ErrorText {
  const name = scimErrorCodes[status] ?? (status < 500 ? 'ValidationException' : 'InternalServerException')
  return { name, api: 'scim', status, text, causes: findings.map(causeOfFinding) }
}

const principal = { account: '111122223333', keyId: 'SCIMA2B3C4D5E6F7G2H3' }
const signed = Date.UTC(2026, 11, 1, 8)
const minute = 60_000

const ofAwsApis: readonly ApiError[] = [
  refusals.missing(),
  refusals.malformed(['Signature']),
  refusals.unknownKey(),
  refusals.expiredKey(),
  refusals.signature(),
  refusals.late(signed, signed + 10 * minute),
  refusals.early(signed, signed - 10 * minute),
  refusals.forbidden(principal, { service: 'identitystore', name: 'CreateUser' }, 'acme'),
  refusals.tooFast(),
  refusals.tooLarge(),
  unknownOperation(400),
  toApiError(new UnavailableError('')),
  toApiError(new Error('')),
  inputErrors.constraints([{ path: 'userName', constraint: { kind: 'greatest-length', limit: 128 } }]),
  inputErrors.wrongType('userName', 'a string'),
  inputErrors.pageToken(),
  identityStore.noStore('d-1234567890'),
  identityStore.noResource('USER', 'ID'),
  identityStore.noResource('GROUP', 'ID'),
  identityStore.noUserToUpdate('ID'),
  identityStore.noGroupToUpdate('ID'),
  identityStore.noMember('ID'),
  identityStore.noGroupToJoin('ID'),
  identityStore.noMembership(),
  identityStore.duplicateUserName(),
  identityStore.duplicateEmail(),
  identityStore.duplicateGroupName(),
  identityStore.duplicateMembership(),
  identityStore.endedMeanwhile(),
  identityStore.required(['username']),
  identityStore.required(['displayname']),
  identityStore.reservedName('Administrator'),
  identityStore.birthdate(),
  identityStore.extension('NAME'),
  identityStore.attributePath('PATH'),
  identityStore.partOfList('emails'),
  identityStore.listLimit('emails', 1),
  identityStore.notUnique('PATH'),
  identityStore.emptyValue(),
  identityStore.filter('PATH'),
  ssoAdmin.noneOfKind('Application', 'ARN'),
  ssoAdmin.noPermissionSet('ID'),
  ssoAdmin.duplicatePermissionSet('NAME'),
  ssoAdmin.permissionSetInUse(),
  ssoAdmin.sessionDuration('PT13H'),
  ssoAdmin.managedPolicyAttached('ID', 'ARN'),
  ssoAdmin.tooManyManagedPolicies('ID'),
  ssoAdmin.noManagedPolicy('ARN'),
  ssoAdmin.customerPolicyAttached('NAME', 'PATH'),
  ssoAdmin.noCustomerPolicy('NAME', 'PATH'),
  ssoAdmin.noPermissionsBoundary('ID'),
  ssoAdmin.noAssignment(),
  ssoAdmin.noRequest('ID'),
]

const rulesOfApis: readonly ApiRule[] = [...apiRules, ...identityStoreRules, ...ssoAdminRules]

const toAwsText = ({ type, status, message, rule }: ApiError): ErrorText => {
  const found = rulesOfApis.find(({ id }) => id === rule)
  const causes = found
    ? [
        {
          id: found.id,
          text: found.description,
          remedy: found.remedy ?? '',
          page: `identity-store.md#${found.id}`,
        },
      ]
    : []
  return { name: type, api: 'aws', status, text: message, causes }
}

/** Each text once, with all its causes. */
function mergeCauses(texts: readonly ErrorText[]): readonly ErrorText[] {
  const merged = new Map<string, ErrorText>()
  for (const text of texts) {
    const key = `${text.name} ${text.api} ${text.status} ${text.text}`
    const known = merged.get(key)
    const causes = [...(known?.causes ?? []), ...text.causes]
    merged.set(key, { ...text, causes: [...new Map(causes.map(cause => [cause.id, cause])).values()] })
  }
  return [...merged.values()]
}

/** The errors of AWS that Scimulator returns, with what causes each. Upper-case words in a text stand for values. */
export const awsErrorTexts: readonly ErrorText[] = mergeCauses([
  ...ofScim.map(([error, findings]) => {
    const { detail } = responses.error(error, '', 0)
    return toScimText(responses.status(error), String(detail), findings)
  }),
  ...ofRules,
  ...ofAwsApis.map(toAwsText),
])
