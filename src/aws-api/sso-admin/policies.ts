import type { PermissionSet, PermissionSetContent } from '../../domain/ports/account-assignments.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { type AnyOperation, type ApiCall, defineOperation } from '../operation.ts'
import { optional, required, structure } from '../shape.ts'
import {
  findPermissionSet,
  intentOf,
  named,
  permissionSetIdOf,
  readPage,
  requireInstance,
  type SsoAdminDeps,
} from './context.ts'
import { ssoAdminErrors } from './errors.ts'
import {
  customerPolicyShape,
  inlinePolicyShape,
  managedPolicyArnShape,
  onPermissionSet,
  paging,
} from './shapes.ts'

const service = 'sso'

/** AWS's default quota. */
const maxManagedPolicies = 20

type OnPermissionSet = { readonly InstanceArn: string; readonly PermissionSetArn: string }
type CustomerPolicy = NonNullable<PermissionSetContent['customerPolicies']>[number]

const toCustomerPolicy = ({ Name, Path = '/' }: { readonly Name: string; readonly Path?: string }) => ({
  name: Name,
  path: Path,
})
const viewCustomerPolicy = ({ name, path }: CustomerPolicy) => ({ Name: name, Path: path })
const isSamePolicy = (one: CustomerPolicy, other: CustomerPolicy) =>
  one.name === other.name && one.path === other.path

/** The policies of permission sets. They are stored and returned; nothing evaluates them. */
export function policyOperations(deps: SsoAdminDeps): readonly AnyOperation[] {
  const changing = <Input extends OnPermissionSet>(
    name: string,
    action: string,
    input: Parameters<typeof defineOperation<Input>>[0]['input'],
    change: (content: PermissionSetContent, input: Input, id: string) => PermissionSetContent,
  ): AnyOperation =>
    defineOperation<Input>({
      service,
      name,
      access: 'write',
      intent: intentOf('update', `${action} permission set`),
      input,
      run: async (call: ApiCall, input: Input) => {
        requireInstance(call, name, input.InstanceArn)
        const id = permissionSetIdOf(call, input.PermissionSetArn)
        const changed = await deps.assignments.updatePermissionSet(call.tenant.key, id, ({ content }) =>
          change(content, input, id),
        )
        if (!changed) throw ssoAdminErrors.noPermissionSet(id)
        return {
          output: {},
          intent: intentOf('update', `${action} permission set ${named(changed.name)}`),
        }
      },
    })

  const reading = (
    name: string,
    action: string,
    view: (permissionSet: PermissionSet) => JsonObject,
  ): AnyOperation =>
    defineOperation({
      service,
      name,
      access: 'read',
      intent: intentOf('read', `${action} permission set`),
      input: structure(onPermissionSet),
      run: async (call, input) => {
        const found = await findPermissionSet(deps, call, name, input)
        return {
          output: view(found),
          intent: intentOf('read', `${action} permission set ${named(found.name)}`),
        }
      },
    })

  const listing = <Item>(
    name: string,
    action: string,
    member: string,
    policiesOf: (content: PermissionSetContent) => readonly Item[],
    view: (item: Item) => JsonObject,
  ): AnyOperation =>
    defineOperation({
      service,
      name,
      access: 'read',
      intent: intentOf('list', `${action} permission set`),
      input: structure({ ...onPermissionSet, ...paging }),
      run: async (call, input) => {
        const found = await findPermissionSet(deps, call, name, input)
        const numbered = policiesOf(found.content).map((policy, at) => ({ policy, number: String(at + 1) }))
        const { items, rest } = await readPage(
          deps,
          call,
          name,
          input,
          async ({ limit, after = '0' }) => numbered.slice(Number(after), Number(after) + limit),
          ({ number }) => number,
        )
        return {
          output: { [member]: items.map(({ policy }) => view(policy)), ...rest },
          intent: intentOf('list', `${action} permission set ${named(found.name)}`, items.length),
        }
      },
    })

  return [
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
      structure({ ...onPermissionSet, ManagedPolicyArn: required(managedPolicyArnShape) }),
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
      structure({ ...onPermissionSet, ManagedPolicyArn: required(managedPolicyArnShape) }),
      (content, { ManagedPolicyArn }) => {
        const { managedPolicies = [] } = content
        if (!managedPolicies.includes(ManagedPolicyArn))
          throw ssoAdminErrors.noManagedPolicy(ManagedPolicyArn)
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
      structure({ ...onPermissionSet, CustomerManagedPolicyReference: required(customerPolicyShape) }),
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
      structure({ ...onPermissionSet, CustomerManagedPolicyReference: required(customerPolicyShape) }),
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
}
