import type { PermissionSet, PermissionSetContent } from '../../domain/ports/account-assignments.ts'
import { compact, type Json, type JsonObject } from '../../scim/json.ts'
import { optional, required, type Shape, structure } from '../shape.ts'
import {
  changePermissionSet,
  type OnPermissionSet,
  permissionSetIdOf,
  permissionSetOperation,
  readPage,
  type SsoOperation,
  ssoOperation,
} from './context.ts'
import { ssoAdminErrors } from './errors.ts'
import {
  customerPolicyShape,
  inlinePolicyShape,
  managedPolicyArnShape,
  onPermissionSet,
  paging,
} from './shapes.ts'

/** AWS's default quota. */
const maxManagedPolicies = 20

type CustomerPolicy = NonNullable<PermissionSetContent['customerPolicies']>[number]

const toCustomerPolicy = ({ Name, Path = '/' }: { readonly Name: string; readonly Path?: string }) => ({
  name: Name,
  path: Path,
})
const viewCustomerPolicy = ({ name, path }: CustomerPolicy) => ({ Name: name, Path: path })
const isSamePolicy = (one: CustomerPolicy, other: CustomerPolicy) =>
  one.name === other.name && one.path === other.path

const changing = <Input extends OnPermissionSet>(
  name: string,
  action: string,
  input: Shape<Input>,
  change: (content: PermissionSetContent, input: Input, id: string) => PermissionSetContent,
): SsoOperation =>
  ssoOperation<Input>({
    name,
    does: ['update', `${action} permission set`],
    input,
    run: (call, given) => {
      const id = permissionSetIdOf(call, given.PermissionSetArn)
      return changePermissionSet(call, id, content => change(content, given, id))
    },
  })

const reading = (name: string, action: string, view: (found: PermissionSet) => JsonObject): SsoOperation =>
  permissionSetOperation({
    name,
    does: ['read', `${action} permission set`],
    input: structure(onPermissionSet),
    run: (_call, _input, found) => ({ output: view(found) }),
  })

const listing = <Item>(
  name: string,
  action: string,
  member: string,
  policiesOf: (content: PermissionSetContent) => readonly Item[],
  view: (item: Item) => Json,
): SsoOperation =>
  permissionSetOperation({
    name,
    does: ['list', `${action} permission set`],
    input: structure({ ...onPermissionSet, ...paging }),
    run: (call, input, { content }) => {
      const numbered = policiesOf(content).map((policy, at) => ({ policy, number: String(at + 1) }))
      return readPage(call, input, {
        member,
        read: ({ limit, after = '0' }) => numbered.slice(Number(after), Number(after) + limit),
        positionOf: ({ number }) => number,
        view: ({ policy }) => view(policy),
      })
    },
  })

const onManagedPolicy = structure({ ...onPermissionSet, ManagedPolicyArn: required(managedPolicyArnShape) })
const onCustomerPolicy = structure({
  ...onPermissionSet,
  CustomerManagedPolicyReference: required(customerPolicyShape),
})

/** The policies of permission sets. They are stored and returned; nothing evaluates them. */
export const policyOperations: readonly SsoOperation[] = [
  changing(
    'PutInlinePolicyToPermissionSet',
    'set inline policy of',
    structure({ ...onPermissionSet, InlinePolicy: required(inlinePolicyShape) }),
    (content, { InlinePolicy }) => ({ ...content, inlinePolicy: InlinePolicy }),
  ),
  // Terraform takes an empty policy for none.
  reading('GetInlinePolicyForPermissionSet', 'read inline policy of', ({ content }) => ({
    InlinePolicy: content.inlinePolicy ?? '',
  })),
  changing(
    'DeleteInlinePolicyFromPermissionSet',
    'delete inline policy of',
    structure(onPermissionSet),
    ({ inlinePolicy: _, ...content }) => content,
  ),

  changing(
    'AttachManagedPolicyToPermissionSet',
    'attach managed policy to',
    onManagedPolicy,
    (content, { ManagedPolicyArn }, id) => {
      const { managedPolicies = [] } = content
      if (managedPolicies.includes(ManagedPolicyArn)) {
        throw ssoAdminErrors.managedPolicyAttached(id, ManagedPolicyArn)
      }
      if (managedPolicies.length === maxManagedPolicies) throw ssoAdminErrors.tooManyManagedPolicies(id)
      return { ...content, managedPolicies: [...managedPolicies, ManagedPolicyArn] }
    },
  ),
  changing(
    'DetachManagedPolicyFromPermissionSet',
    'detach managed policy from',
    onManagedPolicy,
    (content, { ManagedPolicyArn }) => {
      const { managedPolicies = [] } = content
      if (!managedPolicies.includes(ManagedPolicyArn)) throw ssoAdminErrors.noManagedPolicy(ManagedPolicyArn)
      return { ...content, managedPolicies: managedPolicies.filter(arn => arn !== ManagedPolicyArn) }
    },
  ),
  listing(
    'ListManagedPoliciesInPermissionSet',
    'list managed policies of',
    'AttachedManagedPolicies',
    ({ managedPolicies = [] }) => managedPolicies,
    arn => ({ Name: arn.slice(arn.lastIndexOf('/') + 1), Arn: arn }),
  ),

  changing(
    'AttachCustomerManagedPolicyReferenceToPermissionSet',
    'attach customer managed policy to',
    onCustomerPolicy,
    (content, { CustomerManagedPolicyReference }) => {
      const { customerPolicies = [] } = content
      const policy = toCustomerPolicy(CustomerManagedPolicyReference)
      if (customerPolicies.some(each => isSamePolicy(each, policy))) {
        throw ssoAdminErrors.customerPolicyAttached(policy.name, policy.path)
      }
      return { ...content, customerPolicies: [...customerPolicies, policy] }
    },
  ),
  changing(
    'DetachCustomerManagedPolicyReferenceFromPermissionSet',
    'detach customer managed policy from',
    onCustomerPolicy,
    (content, { CustomerManagedPolicyReference }) => {
      const { customerPolicies = [] } = content
      const policy = toCustomerPolicy(CustomerManagedPolicyReference)
      const left = customerPolicies.filter(each => !isSamePolicy(each, policy))
      if (left.length === customerPolicies.length) {
        throw ssoAdminErrors.noCustomerPolicy(policy.name, policy.path)
      }
      return { ...content, customerPolicies: left }
    },
  ),
  listing(
    'ListCustomerManagedPolicyReferencesInPermissionSet',
    'list customer managed policies of',
    'CustomerManagedPolicyReferences',
    ({ customerPolicies = [] }) => customerPolicies,
    viewCustomerPolicy,
  ),

  changing(
    'PutPermissionsBoundaryToPermissionSet',
    'set permissions boundary of',
    structure({
      ...onPermissionSet,
      PermissionsBoundary: required(
        structure({
          CustomerManagedPolicyReference: optional(customerPolicyShape),
          ManagedPolicyArn: optional(managedPolicyArnShape),
        }),
      ),
    }),
    (content, { PermissionsBoundary: { CustomerManagedPolicyReference, ManagedPolicyArn } }) => {
      if ((CustomerManagedPolicyReference === undefined) === (ManagedPolicyArn === undefined)) {
        throw ssoAdminErrors.permissionsBoundary()
      }
      return {
        ...content,
        permissionsBoundary: compact({
          ManagedPolicyArn,
          CustomerManagedPolicyReference:
            CustomerManagedPolicyReference &&
            viewCustomerPolicy(toCustomerPolicy(CustomerManagedPolicyReference)),
        }),
      }
    },
  ),
  reading('GetPermissionsBoundaryForPermissionSet', 'read permissions boundary of', ({ id, content }) => {
    if (!content.permissionsBoundary) throw ssoAdminErrors.noPermissionsBoundary(id)
    return { PermissionsBoundary: content.permissionsBoundary }
  }),
  changing(
    'DeletePermissionsBoundaryFromPermissionSet',
    'delete permissions boundary of',
    structure(onPermissionSet),
    (content, _input, id) => {
      const { permissionsBoundary, ...left } = content
      if (!permissionsBoundary) throw ssoAdminErrors.noPermissionsBoundary(id)
      return left
    },
  ),
]
