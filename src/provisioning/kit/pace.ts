/** Requests per second: Microsoft requires targets to support 25 for each tenant (its SCIM tutorial). */
export const requestsPerSecond = 25

/** Minutes of an initial cycle per user, group and membership, by Microsoft's estimate (when provisioning finishes). */
export const initialCycleMinutes = { least: 0.01, most: 0.08 } as const
