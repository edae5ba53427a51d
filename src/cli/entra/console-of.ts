import type { Command } from 'commander'
import type { SeeMembers } from '../../entra/scenario/look.ts'
import { apiPath } from '../api-client.ts'
import { firstItems } from '../pages.ts'
import { sessionOf } from '../session.ts'

export type SeenFromConsole = {
  readonly seeMembers: SeeMembers
  readonly moveClock: (milliseconds: number) => Promise<void>
}

/**
 * What only a Scimulator's console can do: show the members of groups under profiles that never show them over SCIM,
 * and move the tenant's clock along. Nothing when no console was named.
 */
export function consoleOf(
  command: Command,
  url: string,
  tenant: string | undefined,
): Partial<SeenFromConsole> {
  if (command.getOptionValueSourceWithGlobals('console') === 'default') return {}
  const { api } = sessionOf(command)
  const [first = ''] = new URL(url).pathname.split('/').filter(Boolean)
  const id = tenant ?? first
  return {
    async seeMembers(group) {
      const path = apiPath('tenants', id, 'groups', group, 'members')
      const { items } = await firstItems<{ readonly id: string }>(api, path, {}, Number.MAX_SAFE_INTEGER)
      return items.map(member => member.id)
    },
    async moveClock(milliseconds) {
      await api.put(apiPath('tenants', id, 'clock'), {
        body: { advance: `${Math.round(milliseconds / 1000)}s` },
      })
    },
  }
}
