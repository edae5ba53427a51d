import type { Service } from '../stage.ts'

/** The numbers of the exchanges by which a server said what it is; none where it gave no answer. */
export type DiscoveryExchanges = Readonly<Partial<Record<'config' | 'schemas' | 'resourceTypes', number>>>

/** What a server says of itself, and which exchange says what a check has read of it last. */
export function toldByDiscovery(service: Service, exchanges: DiscoveryExchanges) {
  let last: number | undefined
  const note = (part: keyof DiscoveryExchanges) => {
    last = exchanges[part] ?? last
  }
  const told: Service = {
    url: service.url,
    get config() {
      note('config')
      return service.config
    },
    get schemas() {
      note('schemas')
      return service.schemas
    },
    get resourceTypes() {
      note('resourceTypes')
      return service.resourceTypes
    },
    get offers() {
      note('config')
      return service.offers
    },
  }
  return { service: told, lastRead: () => last }
}
