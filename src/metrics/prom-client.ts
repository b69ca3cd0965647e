import { createRequire } from 'node:module'
import type * as PromClient from 'prom-client'

const load = createRequire(import.meta.url)

/**
 * The parts of prom-client that are used, past its index: that loads what measures the process by itself, and with it
 * OpenTelemetry, which is 8 MB of memory for nothing.
 */
export const Registry = load('prom-client/lib/registry.js') as typeof PromClient.Registry
export const Counter = load('prom-client/lib/counter.js') as typeof PromClient.Counter
export const Gauge = load('prom-client/lib/gauge.js') as typeof PromClient.Gauge
export const Histogram = load('prom-client/lib/histogram.js') as typeof PromClient.Histogram
