using System.Text;
using System.Text.Json.Nodes;

namespace Rempart.Node.Volumes;

/// <summary>The seed volume `cidata`. Meta-data and network configuration are JSON, which is YAML that no value can break out of.</summary>
internal static class SeedImage
{
    internal const string Label = "cidata";
    internal const int MaxUserData = 64 * 1024;

    /// <summary>The image's bytes; pure.</summary>
    internal static byte[] Write(Seed seed)
    {
        var user = Encoding.UTF8.GetBytes(seed.UserData ?? "#cloud-config\n{}\n");
        if (user.Length > MaxUserData) throw new VolumeException(VolumeFault.Refused, $"user data is {user.Length} bytes, more than {MaxUserData}");
        return IsoImage.Write(Label,
        [
            new("meta-data", Json(Meta(seed))),
            new("user-data", user),
            new("network-config", Json(Network(seed))),
        ]);
    }

    private static JsonObject Meta(Seed seed) => new()
    {
        ["instance-id"] = seed.InstanceId,
        ["local-hostname"] = seed.Hostname,
        ["public-keys"] = new JsonArray([.. seed.SshAuthorizedKeys.Select(key => (JsonNode)key)]),
    };

    private static JsonObject Network(Seed seed)
    {
        var interfaces = new JsonObject();
        for (var index = 0; index < seed.Macs.Count; index++)
        {
            interfaces[$"nic{index}"] = new JsonObject
            {
                ["match"] = new JsonObject { ["macaddress"] = seed.Macs[index] },
                // cloud-init's renderer for systemd-networkd drops the overrides of an interface that it can't find again by name.
                ["set-name"] = $"eth{index}",
                ["dhcp4"] = true,
                ["dhcp4-overrides"] = new JsonObject
                {
                    // A second interface must not take the first one's way out.
                    ["route-metric"] = 100 + (100 * index),
                    // systemd-networkd leaves the project's domain out otherwise: short names would not resolve.
                    ["use-domains"] = true,
                },
            };
        }
        return new JsonObject { ["version"] = 2, ["ethernets"] = interfaces };
    }

    private static byte[] Json(JsonObject value) => Encoding.UTF8.GetBytes(value.ToJsonString() + "\n");
}
