import type { ComponentType } from 'preact'
import type { PageName } from '../page-addresses.ts'
import type { PageParts } from './page-parts.ts'
import { ActivityPage } from './pages/activity/activity-page.tsx'
import { ClockPage } from './pages/clock/clock-page.tsx'
import { GroupsPage, UsersPage } from './pages/directory/identities-page.tsx'
import { GroupPage, UserPage } from './pages/directory/identity-page.tsx'
import { ExchangePage } from './pages/exchange/exchange-page.tsx'
import { FaultsPage } from './pages/faults/faults-page.tsx'
import { FindingsPage } from './pages/findings/findings-page.tsx'
import { ReconcilePage } from './pages/reconcile/reconcile-page.tsx'
import { SettingsPage } from './pages/settings/settings-page.tsx'
import { SetupPage } from './pages/setup/setup-page.tsx'
import { SnapshotsPage } from './pages/snapshots/snapshots-page.tsx'
import { StalePage } from './pages/stale/stale-page.tsx'
import { TenantPage } from './pages/tenants/tenant-page.tsx'
import { TenantsPage } from './pages/tenants/tenants-page.tsx'
import { TokensPage } from './pages/tokens/tokens-page.tsx'

/** The page of each address. */
export const pages: Readonly<Record<PageName, ComponentType<PageParts>>> = {
  activity: ActivityPage,
  exchange: ExchangePage,
  findings: FindingsPage,
  faults: FaultsPage,
  snapshots: SnapshotsPage,
  settings: SettingsPage,
  tenants: TenantsPage,
  tenant: TenantPage,
  users: UsersPage,
  user: UserPage,
  groups: GroupsPage,
  group: GroupPage,
  stale: StalePage,
  reconcile: ReconcilePage,
  tokens: TokensPage,
  setup: SetupPage,
  clock: ClockPage,
}
