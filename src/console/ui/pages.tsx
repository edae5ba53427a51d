import type { ComponentType } from 'preact'
import type { PageName } from '../page-addresses.ts'
import { ActivityPage } from './pages/activity/activity-page.tsx'
import { ClockPage } from './pages/clock/clock-page.tsx'
import { GroupsPage, UsersPage } from './pages/directory/identities-page.tsx'
import { GroupPage, UserPage } from './pages/directory/identity-page.tsx'
import { ExchangePage } from './pages/exchange/exchange-page.tsx'
import { FaultsPage } from './pages/faults/faults-page.tsx'
import { FindingsPage } from './pages/findings/findings-page.tsx'
import { SetupPage } from './pages/setup/setup-page.tsx'
import { SnapshotsPage } from './pages/snapshots/snapshots-page.tsx'
import { Soon } from './pages/soon.tsx'
import { StalePage } from './pages/stale/stale-page.tsx'
import { TokensPage } from './pages/tokens/tokens-page.tsx'

/** What a page is given: the parts of its address. */
export type PageParts = { readonly tenant?: string; readonly id?: string }

/** The page of each address. */
export const pages: Readonly<Record<PageName, ComponentType<PageParts>>> = {
  activity: ActivityPage,
  exchange: ExchangePage,
  findings: FindingsPage,
  faults: FaultsPage,
  snapshots: SnapshotsPage,
  settings: Soon,
  tenants: Soon,
  tenant: Soon,
  users: UsersPage,
  user: UserPage,
  groups: GroupsPage,
  group: GroupPage,
  stale: StalePage,
  reconcile: Soon,
  tokens: TokensPage,
  setup: SetupPage,
  clock: ClockPage,
}
