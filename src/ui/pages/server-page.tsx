import { ViewedPage } from '../components/layout.tsx'
import { viewIn } from '../components/views.tsx'
import { tenants } from '../state.ts'
import { ConsoleAccessPage } from './console-access/console-access-page.tsx'
import { SettingsPage } from './settings-page.tsx'
import { TenantsPage } from './tenants/tenants-page.tsx'

export function ServerPage() {
  const views = {
    tenants: { label: 'Tenants', count: tenants.value?.length },
    settings: { label: 'Settings' },
    access: { label: 'Console access' },
    api: { label: 'API' },
  }
  const view = viewIn(views)
  return (
    <ViewedPage title="Server" views={views}>
      {view === 'tenants' && <TenantsPage />}
      {view === 'settings' && <SettingsPage />}
      {view === 'access' && <ConsoleAccessPage />}
      {view === 'api' && (
        <p>
          <a href="/api/docs">Every operation of the console, to read and to try.</a>
        </p>
      )}
    </ViewedPage>
  )
}
