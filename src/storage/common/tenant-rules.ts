import { randomUUID } from 'node:crypto'
import type { NewSession } from '../../domain/ports/snapshots.ts'
import {
  type SettingsChange,
  type Tenant,
  TenantError,
  type TenantSettings,
  type Token,
  type TokenOptions,
  tenantNow,
} from '../../domain/tenants/tenant.ts'
import { checkName, checkTenantId } from '../../domain/tenants/tenant-id.ts'
import {
  checkTokenText,
  checkTokenValidity,
  hashToken,
  maxTokenValidity,
  tokenEnding,
} from '../../domain/tenants/tokens.ts'
import type { ProfileName } from '../../profiles/names.ts'
import type { Profile } from '../../profiles/profile.ts'
import { type Declarations, noDeclarations } from '../../scim/declare/declarations.ts'
import { compact } from '../../scim/json.ts'
import type { Plan } from './held-tables.ts'

const defaultSettings: TenantSettings = {
  profile: 'aws',
  onDelete: 'retain',
  throttle: 'off',
  switches: {},
}

const mergeSettings = (settings: TenantSettings, changes: Partial<TenantSettings>): TenantSettings => ({
  ...withName(changes.name ?? settings.name),
  profile: changes.profile ?? settings.profile,
  onDelete: changes.onDelete ?? settings.onDelete,
  throttle: changes.throttle ?? settings.throttle,
  switches: changes.switches ?? settings.switches,
})

function withName(name: string | undefined): Pick<TenantSettings, 'name'> {
  if (!name) return {}
  checkName('a tenant', name)
  return { name }
}

export const changeSettings = (settings: TenantSettings, change: SettingsChange): TenantSettings =>
  mergeSettings(settings, typeof change === 'function' ? change(settings) : change)

/** Throws for unknown switches and for declared types that the profile cannot serve. */
export type ProfileLookup = (
  name: ProfileName,
  switches: Readonly<Record<string, string>>,
  declared: Declarations,
) => Profile

export type TokenRow = Token & {
  readonly hash: Buffer
  /** By the tenant's clock. */
  readonly deletedAt?: number
}

export type StoredTenant = Omit<Tenant, 'profile'>

export const withProfile = (stored: StoredTenant, profileNamed: ProfileLookup): Tenant => ({
  ...stored,
  profile: profileNamed(stored.settings.profile, stored.settings.switches, stored.declared),
})

export function settingsOfNew(
  id: string,
  changes: Partial<TenantSettings>,
  profileNamed: ProfileLookup,
): TenantSettings {
  checkTenantId(id)
  const settings = mergeSettings(defaultSettings, changes)
  profileNamed(settings.profile, settings.switches, noDeclarations)
  return settings
}

/** `machine` is the real time. Throws `TenantError`. */
export function newToken(
  tenant: Tenant,
  text: string,
  { access = 'full', name, validity = maxTokenValidity }: TokenOptions,
  machine: number,
): TokenRow {
  checkTokenText(text)
  checkTokenValidity(validity)
  if (name !== undefined) checkName('a token', name)
  const created = tenantNow(tenant, machine)
  return {
    ...{ id: randomUUID(), tenant: tenant.key, hash: hashToken(text), ending: tokenEnding(text), access },
    ...{ created, expires: created + validity, uses: 0, ...compact({ name }) },
  }
}

/** Only session files bring requests, which must not mix with those to a former tenant of the ID. */
export const isOfFile = ({ session }: Pick<NewSession, 'session'>): boolean =>
  session !== undefined && session.kind !== 'import'

export const tenantTaken = (id: string): TenantError =>
  new TenantError('taken', `The tenant "${id}" already exists.`)

/** Rows of another tenant with this ID are being stored or deleted. */
export const tenantUnlisted = (id: string): TenantError =>
  new TenantError(
    'taken',
    `A tenant "${id}" is still being deleted, or a session is being opened as "${id}". Try again later, or choose another ID.`,
  )

export const noSuchTenant = (id: string): TenantError =>
  new TenantError('invalid', `There is no tenant "${id}".`)

/** The tenant may have been deleted since the caller received it. Throws `TenantError`. */
export function* requireTenant({ id, key }: Tenant): Plan<void> {
  const found = yield { text: 'select 1 from tenants where id = @id and key = @key', params: { id, key } }
  if (found.length === 0) throw noSuchTenant(id)
}

export const tokenTaken = (): TenantError =>
  new TenantError(
    'taken',
    'This value is or was an access token here. Choose another one: deleted tokens are never accepted again.',
  )

export function checkTokenCount(tenant: Tenant, count: number): void {
  const maximum = tenant.profile.requests.limits.tokens
  if (count < maximum) return
  throw new TenantError(
    'limit',
    `The tenant "${tenant.id}" has ${count} access tokens, which is the maximum. Delete one first; expired tokens count until they are deleted.`,
  )
}

export function checkRoomForReplacement(tenant: Tenant, count: number): void {
  const maximum = tenant.profile.requests.limits.tokens
  if (count < maximum) return
  throw new TenantError(
    'limit',
    `The tenant "${tenant.id}" has ${count} access tokens, which is the maximum. Delete an expired or unused token first, then rotate this one.`,
  )
}
