import type { FastifyPluginAsync } from 'fastify'
import { describeEntry, readAccess } from '../../aws-api/account-access/access.ts'
import { readDirectory } from '../../aws-api/account-access/directory-at.ts'
import { instanceArn, permissionSetArn } from '../../aws-api/identifiers.ts'
import { operations } from '../../domain/contract/access.ts'
import { toPageRequest } from '../../domain/contract/operation.ts'
import type { DanglingAssignment, PermissionSet } from '../../domain/ports/account-assignments.ts'
import type { PointInTime } from '../../domain/ports/directory.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { findDefect, type ReviewedEntry, readDefects, summarizeAccess } from '../../insight/access-review.ts'
import { errors } from '../../scim/error.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { parseAsOf } from './identities.ts'
import { register, requireTenant } from './register.ts'

const maxItems = 1000

const isPermissionSetId = (text: string): boolean => /^ps-[0-9a-f]{16}$/.test(text)

export const accessRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, directory, assignments, clock } = deps

  /** The id of a user or group. Throws a problem unless there is or was one with this id or name. */
  const findPrincipal = async (
    tenant: Tenant,
    type: 'User' | 'Group',
    given: string,
    asOf: PointInTime | undefined,
  ): Promise<string> => {
    if (await directory.identity(tenant.key, type, given)) return given
    const found = await readDirectory(directory, tenant.key, asOf).findByName(type, given)
    if (found !== undefined) return found
    throw new Problem(
      'not-found',
      `The tenant "${tenant.id}" ${asOf ? 'had' : 'has'} no ${type.toLowerCase()} with the ID or the name "${given}"${
        asOf
          ? ` at ${new Date(asOf.at).toISOString()}; by its clock it is ${new Date(tenantNow(tenant, clock())).toISOString()} now`
          : ''
      }. GET /api/v1/tenants/${tenant.id}/${type.toLowerCase()}s lists all.`,
    )
  }

  const findPermissionSet = async (
    tenant: Tenant,
    given: string,
    asOf: PointInTime | undefined,
  ): Promise<string> => {
    const id = given.slice(given.lastIndexOf('/') + 1)
    if (isPermissionSetId(id) && (await assignments.permissionSetsById(tenant.key, [id])).size > 0) return id
    const all = await assignments.permissionSets(tenant.key, {
      limit: maxItems,
      ...compact({ at: asOf?.at }),
    })
    const found = all.find(({ name }) => name === given)
    if (found) return found.id
    throw new Problem(
      'not-found',
      `The tenant "${tenant.id}" has no permission set with the ID, ARN or name "${given}". GET /api/v1/tenants/${tenant.id}/access/permission-sets lists all.`,
    )
  }

  register(app, 'listAccess', operations.listAccess, async ({ params, query, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const asOf = await parseAsOf(directory, tenant, query)
    const { user, group, permissionSet, account, shouldNot } = query
    const wanted = {
      ...toPageRequest(query),
      ...compact({
        account,
        asOf,
        user: user === undefined ? undefined : await findPrincipal(tenant, 'User', user, asOf),
        group: group === undefined ? undefined : await findPrincipal(tenant, 'Group', group, asOf),
        permissionSet:
          permissionSet === undefined ? undefined : await findPermissionSet(tenant, permissionSet, asOf),
      }),
    }
    const deps = { assignments, directory }
    const isPast = asOf !== undefined
    if (shouldNot !== undefined) {
      const { items, ...rest } = await readDefects(deps, tenant.key, { ...wanted, defect: shouldNot, signal })
      return { items: items.map(entry => viewAccessEntry(tenant, entry, isPast)), ...rest }
    }
    const { items, ...rest } = await readAccess(deps, tenant.key, wanted)
    const defects = await Promise.all(items.map(entry => findDefect(directory, tenant.key, entry)))
    const reviewed = items.map((entry, at) => ({ ...entry, ...compact({ defect: defects[at] }) }))
    return { items: reviewed.map(entry => viewAccessEntry(tenant, entry, isPast)), ...rest }
  })

  register(app, 'summarizeAccess', operations.summarizeAccess, async ({ params, query, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const asOf = await parseAsOf(directory, tenant, query)
    const deps = { assignments, directory }
    const { accounts, permissionSets, ...counts } = await summarizeAccess(deps, tenant.key, asOf, signal)
    return {
      ...counts,
      accounts: accounts.map(each => ({ ...each, ...nameOf(tenant, each.account) })),
      permissionSets: permissionSets.map(each => ({ ...each, arn: permissionSetArn(tenant, each.id) })),
    }
  })

  register(
    app,
    'listDanglingAssignments',
    operations.listDanglingAssignments,
    async ({ params, query: { limit, cursor } }) => {
      const tenant = requireTenant(tenants, params.tenant)
      const found = await assignments.dangling(tenant.key, {
        limit: limit + 1,
        ...compact({ after: parseCursor(cursor) }),
      })
      const items = found.slice(0, limit)
      const names = await assignments.permissionSetsById(tenant.key, [
        ...new Set(items.map(({ permissionSet }) => permissionSet)),
      ])
      const next = found.length > limit ? items.at(-1)?.id : undefined
      return { items: items.map(item => viewDangling(tenant, item, names)), ...compact({ next }) }
    },
  )

  register(app, 'listAccounts', operations.listAccounts, async ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const at = (await parseAsOf(directory, tenant, query))?.at
    const found = await assignments.assigned(tenant.key, 'account', { limit: maxItems, ...compact({ at }) })
    return { items: found.map(account => ({ account, ...nameOf(tenant, account) })) }
  })

  register(app, 'listPermissionSets', operations.listPermissionSets, async ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const at = (await parseAsOf(directory, tenant, query))?.at
    const found = await assignments.permissionSets(tenant.key, { limit: maxItems, ...compact({ at }) })
    return { items: found.map(each => viewPermissionSet(tenant, each)) }
  })
}

function nameOf({ imported }: Tenant, account: string) {
  // An own property: an imported file names the accounts.
  return imported && Object.hasOwn(imported.accounts, account) ? { name: imported.accounts[account] } : {}
}

function viewAccessEntry(tenant: Tenant, entry: ReviewedEntry, isPast: boolean) {
  const { permissionSet, user, account } = entry
  const status = user?.enabled ? ('active' as const) : ('disabled' as const)
  return {
    ...entry,
    accountName: nameOf(tenant, account).name,
    summary: describeEntry(entry, isPast),
    permissionSet: { ...permissionSet, arn: permissionSetArn(tenant, permissionSet.id) },
    user: user && { ...user, name: user.label, status },
  }
}

function viewDangling(
  tenant: Tenant,
  dangling: DanglingAssignment,
  permissionSets: ReadonlyMap<string, PermissionSet>,
) {
  const { account, permissionSet: id, principal, principalName, principalDeleted, successor } = dangling
  const arn = permissionSetArn(tenant, id)
  return {
    account,
    permissionSet: { id, arn, name: permissionSets.get(id)?.name ?? id },
    principal: { ...principal, name: principalName },
    deleted: principalDeleted,
    successor,
    assignment: dangling,
    // None of these contains a character that a shell would interpret: each was checked by a pattern.
    command: [
      'aws sso-admin delete-account-assignment',
      `--instance-arn ${instanceArn(tenant)}`,
      `--target-id ${account} --target-type AWS_ACCOUNT`,
      `--permission-set-arn ${arn}`,
      `--principal-type ${principal.type === 'User' ? 'USER' : 'GROUP'} --principal-id ${principal.id}`,
    ].join(' '),
  }
}

const viewPermissionSet = (tenant: Tenant, { content, ...permissionSet }: PermissionSet) => ({
  ...content,
  ...permissionSet,
  arn: permissionSetArn(tenant, permissionSet.id),
})

function parseCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || /^[\da-f-]{36}$/.test(cursor)) return cursor
  throw errors.invalidValue('The cursor was not issued by this list.')
}
