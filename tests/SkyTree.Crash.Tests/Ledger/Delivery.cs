using System.Globalization;

namespace SkyTree.Crash.Tests.Ledger;

/// <summary>A message as it came to an application: after its client has recognized repeats.</summary>
internal sealed record Delivery(SentMessage Message, string Client, int Connection, TimeSpan At)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.TotalSeconds:F3} s at {Client}, connection {Connection}");
}
