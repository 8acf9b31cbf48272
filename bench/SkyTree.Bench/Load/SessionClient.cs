using SkyTree.Bench.Mqtt;

namespace SkyTree.Bench.Load;

/// <summary>A client that connects for its session's sake only, and takes no messages.</summary>
internal sealed class SessionClient(BenchOptions options, string clientId) : Connection(options, clientId)
{
    public override int Consume(ReadOnlySpan<byte> block, Worker worker)
    {
        FrameReader reader = new(block);
        while (reader.Next())
        {
            if (!Leaving)
            {
                ConsumeOther(reader.First, reader.Body);
            }
        }

        return reader.Consumed;
    }
}
