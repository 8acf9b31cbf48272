using System.Runtime.InteropServices;

namespace SkyTree.Web.Hosting;

/// <summary>The first SIGTERM or SIGINT stops gracefully, as the host does by itself; a second one ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;
    private int _count;

    public StopSignals()
    {
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
    }

    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
        {
            // What a shell reports of a process that a signal ended: 128 and the signal's number.
            Environment.Exit(context.Signal == PosixSignal.SIGINT ? 130 : 143);
        }
    }
}
