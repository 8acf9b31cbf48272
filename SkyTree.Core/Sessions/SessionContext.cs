using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;

namespace SkyTree.Core.Sessions;

/// <summary>What every session of a broker shares.</summary>
internal sealed record SessionContext(BrokerOptions Options, MessageStore Store, DropLedger Drops, TimeProvider Time, BrokerLog Log)
{
    /// <summary>The time now in milliseconds since 1970-01-01 UTC.</summary>
    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();
}
