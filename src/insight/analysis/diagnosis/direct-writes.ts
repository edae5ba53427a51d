import type { Exchange } from '../../../domain/journal/exchange.ts'
import { userGuide } from '../../../profiles/aws/sources.ts'
import { findingSources } from '../../../profiles/entra-pages.ts'
import type { Difference } from '../../../scim/differences.ts'
import { isObject, type Json } from '../../../scim/json.ts'
import { objectIn } from '../../../scim/messages.ts'
import type { RelatedResource } from '../../../scim/resource.ts'
import type { ResourceType } from '../../../scim/resource-types.ts'
import { excerpt } from '../../../scim/text.ts'
import type { DiagnosisRule, DiagnosisSubject, DirectWrite } from './subject.ts'

const accessKeyOf = ({ exchange }: DiagnosisSubject) => `Access key ${exchange.accessKey ?? ''}`

/** `title from "Nurse" to "Doctor"`, at most three of them. */
function listDifferences(differences: readonly Difference[]): string {
  const shown = differences.slice(0, 3).map(({ path, before, after }) => {
    if (before === undefined) return `added ${path} ${formatValue(after)}`
    if (after === undefined) return `removed ${path} ${formatValue(before)}`
    return `changed ${path} from ${formatValue(before)} to ${formatValue(after)}`
  })
  const rest = differences.length - shown.length
  return [...shown, ...(rest > 0 ? [`changed ${rest} more`] : [])].join(', ')
}

const formatValue = (value: Json | undefined) => excerpt(JSON.stringify(value ?? null), 60)

const nameOf = ({ id, display }: RelatedResource) => `"${excerpt(display ?? id, 60)}"`

const policy =
  'To prevent such changes on AWS, deny identitystore:Create*, identitystore:Update* and identitystore:Delete* with a policy; in Scimulator, use a read-only access key.'

const restart = 'Enterprise applications > your application > Provisioning > Restart provisioning'

/** The attribute by which Entra ID finds a user or a group, by its default mapping. */
const isMatching =
  ({ labelAttribute }: ResourceType) =>
  ({ path }: Difference) =>
    path === labelAttribute

const provisionedWrite = ({ directWrite }: DiagnosisSubject, kind: DirectWrite['kind']) =>
  directWrite?.isProvisioned && directWrite.kind === kind ? directWrite : undefined

const provisioningGuide = `${userGuide}/provision-automatically.html`

/** The paths that UpdateUser accepts; none is the status of a user. */
const updatePaths =
  'https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/identitystore/user.go'

function refusedStatusPath({ api, apiOperation, status, request }: Exchange): string | undefined {
  if (api !== 'identity-store' || apiOperation !== 'UpdateUser' || status !== 400) return undefined
  const { Operations } = objectIn(request) ?? {}
  const paths = (Array.isArray(Operations) ? (Operations as readonly Json[]) : []).flatMap(operation =>
    isObject(operation) && typeof operation.AttributePath === 'string' ? [operation.AttributePath] : [],
  )
  return paths.find(path => ['userstatus', 'active'].includes(path.toLowerCase()))
}

export const directWriteRules: readonly DiagnosisRule[] = [
  {
    id: 'identity-store/provisioned-resource-changed',
    severity: 'warning',
    title: 'Changed outside the identity provider',
    reason:
      'The identity provider still has the earlier values and does not detect the change. It overwrites the new values only when the object changes there or provisioning restarts.',
    remedy: `Make the change in the identity provider, and provision the object again. ${policy}`,
    remedies: { entra: `Make the change in Entra, then provision the object on demand. ${policy}` },
    source: provisioningGuide,
    basis: 'documented',
    detect: subject => {
      const write = provisionedWrite(subject, 'changed')
      const differences = write?.differences.filter(one => !isMatching(write.type)(one)) ?? []
      return differences.length === 0
        ? undefined
        : `${accessKeyOf(subject)} ${listDifferences(differences)}. The identity provider has the earlier values.`
    },
  },
  {
    id: 'identity-store/matching-attribute-changed',
    severity: 'error',
    title: 'Matching attribute changed outside the identity provider',
    reason:
      'Identity providers search for objects by this attribute. They do not find this object and try to create it, which fails with a conflict or creates a duplicate.',
    reasons: {
      entra:
        'Entra searches for objects by this attribute when provisioning starts or restarts. It does not find this object and tries to create it, which fails with a conflict or creates a duplicate.',
    },
    remedy: `Change the attribute back, or rename the object in the identity provider as well. ${policy}`,
    remedies: {
      entra: `Change the attribute back, or rename the object in Entra as well and provision it on demand. ${policy}`,
    },
    source: findingSources.howItWorks,
    basis: 'documented',
    detect: subject => {
      const write = provisionedWrite(subject, 'changed')
      const differences = write?.differences.filter(isMatching(write.type)) ?? []
      return differences.length === 0
        ? undefined
        : `${accessKeyOf(subject)} ${listDifferences(differences)}. The identity provider searches for the earlier value.`
    },
  },
  {
    id: 'identity-store/provisioned-resource-deleted',
    severity: 'error',
    title: 'Deleted outside the identity provider',
    reason:
      'The identity provider still has the ID. Its next request for the object gets 404. Once it creates the object again, the ID is new: memberships and assignments to AWS accounts are lost.',
    reasons: {
      entra:
        'Entra still has the ID. Its next request for the object gets 404 (InvalidAnchor). Entra creates the object again only after provisioning restarts, with a new ID: memberships and assignments to AWS accounts are lost.',
    },
    remedy: `Let the identity provider create the object again, then assign the new user or group to its AWS accounts. Delete users and groups in the identity provider only. ${policy}`,
    remedies: {
      entra: `Restart provisioning: ${restart}. Then assign the new user or group to its AWS accounts. Delete users and groups in Entra only. ${policy}`,
    },
    source: findingSources.errorCodes,
    basis: 'documented',
    detect: subject => {
      const write = provisionedWrite(subject, 'deleted')
      return (
        write && `${accessKeyOf(subject)} deleted a ${write.type.name.toLowerCase()} that SCIM provisions.`
      )
    },
  },
  {
    id: 'identity-store/provisioned-members-changed',
    severity: 'warning',
    title: 'Members changed outside the identity provider',
    reason:
      'Identity providers send only the members that have changed. A member added here remains although it is not in their group. A member removed here returns only when the membership is sent again.',
    reasons: {
      entra:
        'Entra sends only the members that have changed since its last cycle. A member added here remains although it is not in Entra’s group. A member removed here returns only when it changes in Entra or provisioning restarts.',
    },
    remedy: `Change the members of the group in the identity provider. To repair this group, remove or add the member again with the API. ${policy}`,
    remedies: {
      entra: `Change the members of the group in Entra. To repair this group, remove or add the member again with the API. ${policy}`,
    },
    source: provisioningGuide,
    basis: 'documented',
    detect: subject => {
      const [first] = provisionedWrite(subject, 'changed')?.memberships ?? []
      if (!first) return undefined
      const { event, member, group } = first
      return event === 'added'
        ? `${accessKeyOf(subject)} added ${nameOf(member)} to ${nameOf(group)}. The identity provider does not have this member.`
        : `${accessKeyOf(subject)} removed ${nameOf(member)} from ${nameOf(group)}. The identity provider still has this member.`
    },
  },
  {
    id: 'identity-store/created-directly',
    severity: 'note',
    title: 'Created outside the identity provider',
    reason:
      'No identity provider manages it. If an object with the same userName or displayName is provisioned later, the client may match it and overwrite its attributes. Otherwise, provisioning never disables or deletes it.',
    reasons: {
      entra:
        'No identity provider manages it. If an object with the same userName or displayName is provisioned later, Entra matches it and overwrites its attributes. Otherwise, provisioning never disables or deletes it.',
    },
    remedy: 'Create users and groups in the identity provider, except those for AWS only.',
    remedies: { entra: 'Create users and groups in Entra, except those for AWS only.' },
    source: provisioningGuide,
    basis: 'documented',
    detect: subject =>
      subject.directWrite?.kind === 'created'
        ? `${accessKeyOf(subject)} created the ${subject.directWrite.type.name.toLowerCase()}.`
        : undefined,
  },
  {
    id: 'identity-store/disable-refused',
    severity: 'warning',
    title: 'Users cannot be disabled with the Identity Store API',
    reason:
      'UpdateUser has no attribute path for the status of a user: `UserStatus` is read-only. A runbook that disables users with this API fails, and the user keeps access.',
    remedy:
      'Disable the user in the identity provider, or set active to false with SCIM. In an emergency, remove the user from groups with DeleteGroupMembership, or delete the user with DeleteUser.',
    remedies: {
      entra:
        'Disable the user in Entra and provision the user on demand, or set active to false with SCIM. In an emergency, remove the user from groups with DeleteGroupMembership, or delete the user with DeleteUser.',
    },
    source: updatePaths,
    basis: 'observed',
    detect: subject => {
      const path = refusedStatusPath(subject.exchange)
      return path === undefined
        ? undefined
        : `${accessKeyOf(subject)} tried to update ${excerpt(path, 60)}. The user was not changed.`
    },
  },
]
