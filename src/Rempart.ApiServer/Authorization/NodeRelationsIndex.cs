using Rempart.Api.Compute;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.ApiServer.Objects;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authorization;

/// <summary>Follows the objects that tie nodes to what they may see.</summary>
/// <param name="time">The clock.</param>
internal sealed class NodeRelationsIndex(TimeProvider time) : IObjectObserver<VirtualMachine>, IObjectObserver<MachineMigration>, IObjectObserver<Volume>, IObjectObserver<NetworkInterface>, IObjectObserver<Image>
{
    public NodeRelations Relations { get; } = new(time);

    public void Observe(IObjectReader reader)
    {
        reader.Observe<VirtualMachine>(this);
        reader.Observe<MachineMigration>(this);
        reader.Observe<Volume>(this);
        reader.Observe<NetworkInterface>(this);
        reader.Observe<Image>(this);
    }

    void IObjectObserver<VirtualMachine>.Put(VirtualMachine value) => Relations.Put(value);

    void IObjectObserver<VirtualMachine>.Remove(string? ns, string name) => Relations.Remove("virtualmachines", ns, name);

    void IObjectObserver<MachineMigration>.Put(MachineMigration value) => Relations.Put(value);

    void IObjectObserver<MachineMigration>.Remove(string? ns, string name) => Relations.Remove("machinemigrations", ns, name);

    void IObjectObserver<Volume>.Put(Volume value) => Relations.Put(value);

    void IObjectObserver<Volume>.Remove(string? ns, string name) => Relations.Remove("volumes", ns, name);

    void IObjectObserver<NetworkInterface>.Put(NetworkInterface value) => Relations.Put(value);

    void IObjectObserver<NetworkInterface>.Remove(string? ns, string name) => Relations.Remove("networkinterfaces", ns, name);

    void IObjectObserver<Image>.Put(Image value) => Relations.Put(value);

    void IObjectObserver<Image>.Remove(string? ns, string name) => Relations.Remove("images", ns, name);
}
