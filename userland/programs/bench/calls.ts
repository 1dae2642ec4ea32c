/** Calls that carry nothing: to the kernel, and to a service. */
import { ServerClient } from 'stubs/server';
import { Measurement } from '../../abi/measurement.enums';
import { close_handle, libsys_null } from '../../runtime/program/libsys';
import { findKnownService } from '../../runtime/program/services';
import { measure } from './measure';

let service: u32 = 0;

export function measureCalls(): i32 {
  const error = measure(Measurement.Overhead, doNothing);
  return error < 0 ? error : measure(Measurement.NullCall, callKernel);
}

/** `pipe` is a service without a device, and nobody else calls it meanwhile. */
export function measureServiceCall(): i32 {
  const found = findKnownService('/svc/pipe');
  if (found < 0) return <i32>found;
  service = <u32>found;
  const error = measure(Measurement.ServiceCall, callService);
  close_handle(service);
  return error;
}

function doNothing(round: u32): i32 {
  return 0;
}

function callKernel(round: u32): i32 {
  return libsys_null();
}

function callService(round: u32): i32 {
  return <i32>ServerClient.at(service).ping(round);
}
